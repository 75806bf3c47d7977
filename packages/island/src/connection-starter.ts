import { AsyncResource } from 'node:async_hooks';
import { type Awaitable, type ExitReason, Pid, type Self, type Started } from '@thousand-island/runtime';
import { isPromise } from './awaitable.ts';
import type { AnyHandler } from './handler.ts';
import type { LiveConfig } from './live-config.ts';
import type { Starter } from './server-memory.ts';
import type { Socket } from './socket.ts';

/** A handler that starts processes of its own. */
export type CustomHandler = Required<Pick<AnyHandler, 'startConnection'>>;

/**
 * Calls `startConnection` for the ConnectionSupervisor of one acceptor, in the name of a process of its own, one for all: what a
 * start has begun and forgotten fails there, and not in the supervisor, which all connections of the acceptor would end with.
 */
export class ConnectionStarter implements Starter {
  readonly #live: LiveConfig;
  readonly #handler: CustomHandler;
  #supervisor: Self | undefined = undefined;
  /** The context of that process' code; undefined when there is none. */
  #scope: AsyncResource | undefined = undefined;
  /** Breaks off the start that takes its time. A supervisor makes one after the other. */
  #breakOff: ((reason: ExitReason) => void) | undefined = undefined;

  constructor(live: LiveConfig, handler: CustomHandler) {
    this.#live = live;
    this.#handler = handler;
  }

  get supervisor(): Pid | undefined {
    return this.#supervisor?.pid;
  }

  /** What `startConnection` says. If its process ends meanwhile, or it is given up, the start has failed. */
  start(supervisor: Self, socket: Socket): Awaitable<Started> {
    if (this.#scope !== undefined && this.#supervisor === supervisor)
      return this.#started(this.#scope, supervisor, socket);
    return this.#begin(supervisor).then((scope) => this.#started(scope, supervisor, socket));
  }

  giveUp(): void {
    this.#breakOff?.('shutdown');
  }

  #begin(supervisor: Self): Promise<AsyncResource> {
    this.#supervisor = supervisor;
    return new Promise((resolve) => {
      supervisor.spawnLink((own) => {
        own.setLabel('connectionStarter');
        const scope = new AsyncResource('ConnectionStarter', { requireManualDestroy: true });
        this.#scope = scope;
        own.own({ close: () => this.#ended(scope, own.exitReason) });
        resolve(scope);
        return own.receive({ match: () => false });
      });
    });
  }

  #ended(scope: AsyncResource, reason: ExitReason): void {
    if (this.#scope !== scope) return;
    this.#scope = undefined;
    this.#breakOff?.(reason);
  }

  #started(scope: AsyncResource, supervisor: Self, socket: Socket): Awaitable<Started> {
    const handler = this.#handler;
    const { handlerOptions } = this.#live.current;
    const started = scope.runInAsyncScope(
      handler.startConnection,
      handler,
      socket,
      supervisor,
      handlerOptions,
    ) as Awaitable<Started>;
    return isPromise<Started>(started) ? this.#inTime(started, supervisor) : started;
  }

  #inTime(starting: PromiseLike<Started>, supervisor: Self): Promise<Started> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const breakOff = (reason: ExitReason): void => {
        isOver = true;
        this.#breakOff = undefined;
        resolve({ kind: 'error', reason });
      };
      this.#breakOff = breakOff;
      starting.then(
        (started) => {
          // Nobody has a use for it any more, and it would live on as nobody's child.
          if (isOver) endLate(supervisor, started);
          else this.#breakOff = undefined;
          resolve(started);
        },
        (thrown) => {
          if (!isOver) this.#breakOff = undefined;
          reject(thrown);
        },
      );
    });
  }
}

function endLate(supervisor: Self, started: Started): void {
  const pid = started instanceof Pid ? started : 'pid' in started ? started.pid : undefined;
  if (pid !== undefined) supervisor.sendExit(pid, 'kill');
}
