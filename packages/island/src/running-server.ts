import {
  type Address,
  DynamicSupervisor,
  GenServer,
  type Host,
  NoProcessError,
  type Pid,
  Supervisor,
} from '@thousand-island/runtime';
import { type AcceptorChoice, chosenAcceptor } from './acceptor-choice.ts';
import { type CountOperator, comparison } from './count-operator.ts';
import { START_MS } from './drain.ts';
import { type DrainOptions, drainRequest } from './drain-options.ts';
import { BadOptionError } from './errors.ts';
import type { DrainReport, IslandEvents, ServerStatus } from './events.ts';
import { checkKnown } from './known-options.ts';
import { giveUpHook, Hurry } from './listen-hook.ts';
import { listener } from './listener.ts';
import type { LiveOptions } from './live-options.ts';
import { type ServerInfo, serverInfo } from './server-info.ts';
import type { ServerMemory } from './server-memory.ts';
import type { Timeout } from './server-options.ts';
import { shutdownListener } from './shutdown-listener.ts';
import type { SocketAddress } from './transport.ts';
import { childOf, connectionSupervisors, ID } from './tree.ts';

const PATIENT = { timeout: 'infinity' } as const;

/** A server that was started, for the one who started it. What it is asked for is done one thing after the other. */
export class RunningServer implements AsyncDisposable {
  /** The pid of the Server process, the root of its tree. */
  readonly pid: Pid;
  /** What happens in this server. */
  readonly events: IslandEvents;
  readonly #host: Host;
  readonly #memory: ServerMemory;
  #stopped: Promise<DrainReport> | undefined = undefined;

  private constructor(host: Host, pid: Pid, memory: ServerMemory) {
    this.#host = host;
    this.pid = pid;
    this.events = memory.config.current.events;
    this.#memory = memory;
  }

  /** @internal The server whose root process this is; `NoProcessError` if it is none, or is being restarted. */
  static async of(host: Host, server: Address): Promise<RunningServer> {
    const listenerPid = await childOf(host, server, ID.listener);
    if (listenerPid === undefined) throw new NoProcessError(`${String(server)} is no running server`);
    const { server: pid, memory } = await GenServer.ref(host, listener, listenerPid).call('about');
    return new RunningServer(host, pid, memory);
  }

  /** Where the server listens, or did last. */
  get address(): SocketAddress {
    return this.#memory.address as SocketAddress;
  }

  /** The port the server listens on, or did last: the one it was given if 0 was asked for. 0 for a Unix socket. */
  get port(): number {
    return this.address.port;
  }

  /**
   * Accepts no more; connections stay. For the server: resolves when the port is free; on a descriptor that it was given (`fd`),
   * which it could not listen on again, it goes on listening, and clients wait. For one acceptor: clients go to the
   * others. Twice is once. A `resume()` whose `postListen` is not content within 5 s is broken off. `BadArgumentError` if there is
   * no such acceptor, `BadOptionError` for another option.
   */
  async suspend(choice: AcceptorChoice = {}): Promise<void> {
    const acceptor = chosenAcceptor(choice);
    const operator = await this.#operator();
    if (acceptor === undefined) this.#host.send(operator.pid, new Hurry(START_MS));
    raise(await operator.call('suspend', acceptor, PATIENT));
  }

  /**
   * Accepts again, the server on the same port. A drain that is under way is broken off: nobody else is told, or killed.
   * Rejects with `ListenFailedError` if the port is taken, or `postListen` does not want it, or takes so long that a suspend or a drain
   * breaks it off; the server stays suspended then.
   */
  async resume(choice: AcceptorChoice = {}): Promise<void> {
    const acceptor = chosenAcceptor(choice);
    raise(await (await this.#operator()).call('resume', acceptor, PATIENT));
  }

  /**
   * Ends the connections of the server, or of one acceptor, politely: accepts no more, tells them (`handleDrain`, or
   * `handleShutdown`), waits, and kills those that are left when the time is up. Resolves with how it went; the server, or the
   * acceptor, is suspended then, and can be resumed. A second drain of the same waits for the first; a drain of the server breaks off
   * a `resume()` whose `postListen` is not content within its `timeout`, at most 5 s.
   */
  async drain(options: DrainOptions = {}): Promise<DrainReport> {
    const request = drainRequest(options, this.#memory.config.current);
    const { acceptor, timeoutMs } = request;
    const operator = await this.#operator();
    if (acceptor === undefined) this.#host.send(operator.pid, new Hurry(Math.min(START_MS, timeoutMs)));
    const answer = await operator.call('drain', request, PATIENT);
    if (answer instanceof Error) throw answer;
    return answer;
  }

  /**
   * Changes options while the server lives; all of them or, if one is wrong, none. What concerns connections holds for those
   * that start from now on, limits and alarms at once; `acceptors`, `backlog` and `noDelay` can be changed while the server is
   * suspended. Rejects with `BadOptionError` or `ServerRunningError`.
   */
  async setOptions(changes: LiveOptions): Promise<void> {
    raise(await (await this.#operator()).call('change', changes, PATIENT));
  }

  /** Changes how many connections each acceptor can have. Nobody is closed if there are more already. */
  setMaxConnections(maxConnections: Timeout): Promise<void> {
    return this.setOptions({ maxConnections });
  }

  /** Where the server is in its life; also when it has ended. */
  status(): ServerStatus {
    return this.#host.isAlive(this.pid) ? this.#memory.lifecycle.status : 'stopped';
  }

  /** The server at this moment. `NoProcessError` if it does not run. */
  async info(): Promise<ServerInfo> {
    const { address, waiting, refused } = await (await this.#listener()).call('info');
    return { pid: this.pid, ...serverInfo(this.#memory), address, waiting, refused };
  }

  /** The pids of the connections' processes, acceptor by acceptor. */
  async connections(): Promise<Pid[]> {
    const supervisors = await this.#connectionSupervisors();
    const lists = await Promise.all(
      supervisors.map((pid) => DynamicSupervisor.whichChildren(this.#host, pid)),
    );
    return lists.flat().flatMap((child) => child.pid ?? []);
  }

  /**
   * Resolves as soon as there are so many connections, those that were removed from the count too: `('==', 0)` waits for the
   * last. Rejects with the signal's reason when that is aborted, and with `NoProcessError` when the server has ended and the last
   * connection has. Throws `BadArgumentError` or `BadOptionError`. ranch:
   * `wait_for_connections/3`.
   */
  waitForConnections(
    operator: CountOperator,
    count: number,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const isMet = comparison(operator, count);
    checkKnown('waitForConnections', options, ['signal']);
    const { signal } = options;
    if (signal !== undefined && !(signal instanceof AbortSignal))
      throw BadOptionError.of('signal', 'an AbortSignal', signal);
    const { gates } = this.#memory;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      let off = (): void => {};
      const onAbort = (): void => {
        off();
        reject(signal?.reason);
      };
      const look = (): void => {
        const met = isMet(gates.all);
        if (!met && !(gates.isOver && gates.all === 0)) return;
        off();
        signal?.removeEventListener('abort', onAbort);
        if (met) resolve();
        else reject(this.#notRunning());
      };
      off = gates.watch(look);
      signal?.addEventListener('abort', onAbort, { once: true });
      look();
    });
  }

  /**
   * Stops the server: it listens no more, its connections are told (`handleDrain`, or `handleShutdown`) and have
   * `shutdownTimeout` to end, those left are killed. Resolves when no process of it is left, with how it went. A second stop
   * waits for the first. The server ends itself: it goes on with it if the one who asked dies.
   */
  stop(): Promise<DrainReport> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** As `stop`: for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(): Promise<DrainReport> {
    let report: DrainReport = { told: 0, finished: 0, forced: 0 };
    const off = this.events.on('server:drained', (drained) => {
      if (drained.server === this.pid && drained.acceptor === undefined) report = drained.report;
    });
    // The Server itself may be waiting for that, and hears nothing else meanwhile.
    giveUpHook(this.#host, this.#memory);
    try {
      await Supervisor.stop(this.#host, this.pid);
    } catch (error) {
      // A server that is gone already is stopped.
      if (!(error instanceof Error && 'code' in error && error.code === 'OTP_NOPROC')) throw error;
    } finally {
      off();
    }
    return report;
  }

  async #listener(): Promise<ReturnType<typeof GenServer.ref<typeof listener>>> {
    return GenServer.ref(this.#host, listener, await this.#child(ID.listener));
  }

  async #operator(): Promise<ReturnType<typeof GenServer.ref<typeof shutdownListener>>> {
    return GenServer.ref(this.#host, shutdownListener, await this.#child(ID.shutdownListener));
  }

  async #child(id: string): Promise<Pid> {
    const pid = await childOf(this.#host, this.pid, id);
    if (pid === undefined) throw this.#notRunning();
    return pid;
  }

  #notRunning(): NoProcessError {
    return new NoProcessError(`the server ${this.pid} does not run`);
  }

  async #connectionSupervisors(): Promise<Pid[]> {
    const acceptorSupervisor = await childOf(this.#host, this.pid, ID.acceptorSupervisor);
    return acceptorSupervisor === undefined ? [] : connectionSupervisors(this.#host, acceptorSupervisor);
  }
}

function raise(failure: Error | undefined): void {
  if (failure !== undefined) throw failure;
}
