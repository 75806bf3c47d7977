import { type ExitReason, type Pid, Runtime } from '@thousand-island/runtime';
import { settle, VirtualClock } from '@thousand-island/runtime/testing';
import { type RunningServer, type ServerOptions, ThousandIsland } from '../../src/index.ts';
import { Client } from './client.ts';

/** A runtime whose time stands still; at the end of the test no process and no timer may be left in it. */
export class TestRuntime extends Runtime implements AsyncDisposable {
  readonly clock: VirtualClock;
  /** What processes have crashed with, oldest first. */
  readonly crashes: ExitReason[] = [];

  constructor(clock = new VirtualClock()) {
    super({ clock });
    this.clock = clock;
    this.events.on('process:crash', ({ reason }) => this.crashes.push(reason));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await settle();
    const left = `${this.processCount} processes and ${this.kernel.timers.size} timers are left`;
    const isLeft = this.processCount + this.kernel.timers.size > 0;
    for (const pid of this.processes()) this.sendExit(pid, 'kill');
    if (isLeft) throw new Error(left);
  }
}

/**
 * A server on a free port of 127.0.0.1, in a runtime of its own whose time stands still, with its clients. At the end of
 * the test the clients go, the server is stopped, and nothing may be left.
 */
export class TestIsland implements AsyncDisposable {
  readonly runtime: TestRuntime;
  readonly server: RunningServer;
  readonly #clients: Client[] = [];

  private constructor(runtime: TestRuntime, server: RunningServer) {
    this.runtime = runtime;
    this.server = server;
  }

  static async start<Options>(
    handler: ServerOptions<Options>['handler'],
    options: Omit<ServerOptions<Options>, 'handler'> = {},
  ): Promise<TestIsland> {
    const runtime = new TestRuntime();
    const isElsewhere = options.path !== undefined || options.fd !== undefined;
    const place = isElsewhere ? {} : { host: '127.0.0.1', port: 0 };
    const all = { ...place, ...options, handler } as ServerOptions;
    return new TestIsland(runtime, await ThousandIsland.start(all, runtime));
  }

  get clock(): VirtualClock {
    return this.runtime.clock;
  }

  /** A client that is gone at the end of the test. */
  async connect(options?: Parameters<typeof Client.connect>[1]): Promise<Client> {
    const client = await Client.connect(this.server.port, options);
    this.#clients.push(client);
    return client;
  }

  /** The process of the only connection there is. */
  async connection(): Promise<Pid> {
    const [pid, ...others] = await this.server.connections();
    if (pid === undefined || others.length > 0)
      throw new Error(`there are ${others.length} connections too many`);
    return pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
    await this.server.stop();
    await this.runtime[Symbol.asyncDispose]();
  }
}
