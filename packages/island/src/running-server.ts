import {
  type Address,
  DynamicSupervisor,
  GenServer,
  type Host,
  NoProcessError,
  type Pid,
  Supervisor,
} from '@thousand-island/runtime';
import type { DrainReport, IslandEvents } from './events.ts';
import { type ListenerInfo, type ListenerMemory, listener } from './listener.ts';
import type { ServerConfig } from './server-config.ts';
import type { SocketAddress } from './transport.ts';
import { childOf, connectionSupervisors, ID } from './tree.ts';

/** A server at one moment. */
export interface ServerInfo extends ListenerInfo {
  readonly pid: Pid;
  readonly activeConnections: number;
  readonly acceptors: number;
}

/** A server that was started, for the one who started it. */
export class RunningServer implements AsyncDisposable {
  /** The pid of the Server process, the root of its tree. */
  readonly pid: Pid;
  /** What happens in this server. */
  readonly events: IslandEvents;
  readonly #host: Host;
  readonly #config: ServerConfig;
  // The Listener's own: it writes down there where it listens.
  readonly #memory: ListenerMemory;
  #stopped: Promise<DrainReport> | undefined = undefined;

  private constructor(host: Host, pid: Pid, config: ServerConfig, memory: ListenerMemory) {
    this.#host = host;
    this.pid = pid;
    this.#config = config;
    this.events = config.events;
    this.#memory = memory;
  }

  /** @internal The server whose root process this is; `NoProcessError` if it is none, or is being restarted. */
  static async of(host: Host, server: Address): Promise<RunningServer> {
    const listenerPid = await childOf(host, server, ID.listener);
    if (listenerPid === undefined) throw new NoProcessError(`${String(server)} is no running server`);
    const { config, server: pid, memory } = await GenServer.ref(host, listener, listenerPid).call('about');
    return new RunningServer(host, pid, config, memory);
  }

  /** Where the server listens, or did last. */
  get address(): SocketAddress {
    return this.#memory.address as SocketAddress;
  }

  /** The port the server listens on, or did last: the one it was given if 0 was asked for. */
  get port(): number {
    return this.address.port;
  }

  /** Stops listening; connections stay. Resolves when the port is free. Twice is once. */
  async suspend(): Promise<void> {
    await (await this.#listener()).call('suspend');
  }

  /** Listens again, on the same port. Rejects with `ListenFailedError` if that is taken, and the server stays suspended. */
  async resume(): Promise<void> {
    const failure = await (await this.#listener()).call('resume', undefined, { timeout: 'infinity' });
    if (failure !== undefined) throw failure;
  }

  /** Whether the server listens. */
  async status(): Promise<'running' | 'suspended'> {
    return (await this.info()).status;
  }

  async info(): Promise<ServerInfo> {
    const about = await (await this.#listener()).call('info');
    const supervisors = await this.#connectionSupervisors();
    const counts = await Promise.all(
      supervisors.map((pid) => DynamicSupervisor.countChildren(this.#host, pid)),
    );
    const activeConnections = counts.reduce((sum, { active }) => sum + active, 0);
    return { ...about, pid: this.pid, activeConnections, acceptors: this.#config.acceptors };
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
   * Stops the server: it listens no more, its connections are told (`handleShutdown`) and have `shutdownTimeout` to end, those
   * left are killed. Resolves when no process of it is left, with how it went. A second stop waits for the first.
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
      if (drained.server === this.pid) report = drained.report;
    });
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
    const pid = await childOf(this.#host, this.pid, ID.listener);
    if (pid === undefined) throw new NoProcessError(`the server ${this.pid} does not run`);
    return GenServer.ref(this.#host, listener, pid);
  }

  async #connectionSupervisors(): Promise<Pid[]> {
    const acceptorSupervisor = await childOf(this.#host, this.pid, ID.acceptorSupervisor);
    return acceptorSupervisor === undefined ? [] : connectionSupervisors(this.#host, acceptorSupervisor);
  }
}
