import type { Pid } from '@thousand-island/runtime';
import { Gates } from './gates.ts';
import { LiveConfig } from './live-config.ts';
import type { ServerConfig } from './server-config.ts';
import { ServerLifecycle } from './server-lifecycle.ts';
import type { SocketAddress } from './transport.ts';

/** What makes the starts of one acceptor's connections, if they are processes of one's own. */
export interface Starter {
  /** For whom; undefined before the first. */
  readonly supervisor: Pid | undefined;
  /** Breaks off the start that is under way, if there is one. */
  giveUp(): void;
}

/**
 * What outlives the processes of a server as long as its Server lives: one of them that is restarted goes on from here. Each
 * thing in it is changed by one process, or by the end of one.
 */
export class ServerMemory {
  readonly config: LiveConfig;
  readonly gates: Gates;
  readonly lifecycle: ServerLifecycle;
  /** By the ids of their acceptors. */
  readonly starters = new Map<string, Starter>();
  /** Where the server listens, or did last. */
  address: SocketAddress | undefined = undefined;
  /** Who its processes are at the moment: the Server itself may be stopping, and answers nobody then. */
  server: Pid | undefined = undefined;
  listener: Pid | undefined = undefined;
  acceptorSupervisor: Pid | undefined = undefined;
  /** The Listener that waits for its `postListen`; it may be one that is still being started. */
  asking: Pid | undefined = undefined;
  /** Set when the server is told to end: nobody is asked any more. */
  isEnding = false;

  constructor(config: ServerConfig) {
    this.config = new LiveConfig(config);
    this.gates = new Gates(this.config);
    this.lifecycle = new ServerLifecycle((status) => {
      const { server } = this;
      if (server !== undefined && config.events.wants('server:status'))
        config.events.publish('server:status', { server, status });
    });
  }

  /** Whether a client whose acceptor is closed may wait for another one: not while the server gets rid of all, or listens no more. */
  get keepsClients(): boolean {
    const { gates, config, lifecycle } = this;
    if (!gates.isClosed) return true;
    // It is suspended by its gates, and goes on listening.
    return config.current.fd !== undefined && (this.listens || lifecycle.status === 'suspended');
  }

  /** Whether a Listener that starts is to listen at once: not if it is the successor of one that was told not to. */
  get listens(): boolean {
    const { status } = this.lifecycle;
    return status === 'starting' || status === 'running';
  }
}
