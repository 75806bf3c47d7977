import { type ActorRefFrom, createActor, setup } from 'xstate';
import type { ServerStatus } from './events.ts';

/** What can happen to a server as a whole. */
export type LifecycleEvent =
  /** It listens. */
  | { readonly type: 'listening' }
  /** It listens no more, since it was told so; its connections stay. */
  | { readonly type: 'suspend' }
  /** It listens again. */
  | { readonly type: 'resume' }
  /** Its connections are being told to end. */
  | { readonly type: 'drain' }
  /** No connection is left, or those left have been killed. */
  | { readonly type: 'drained' }
  /** Its Listener has crashed: it has to start anew. */
  | { readonly type: 'lost' }
  /** It is to end. */
  | { readonly type: 'stop' }
  /** It has ended. */
  | { readonly type: 'stopped' };

/**
 * The life of a server. The machine only says where a server is and where it can go from there; what is to be done on the
 * way is done by the processes, which tell it when it is done.
 *
 * @internal Not declared: who uses a server is not to load the types of state machines.
 */
export const serverLifecycle = setup({ types: {} as { events: LifecycleEvent } }).createMachine({
  id: 'server',
  initial: 'starting',
  states: {
    starting: { on: { listening: 'running' } },
    running: { on: { suspend: 'suspended', drain: 'draining', lost: 'starting', stop: 'stopping' } },
    suspended: { on: { resume: 'running', drain: 'draining', stop: 'stopping' } },
    // A server that is drained is not resumed of itself, and one whose Listener crashes meanwhile has nothing left to drain.
    draining: { on: { drained: 'suspended', lost: 'suspended', resume: 'running', stop: 'stopping' } },
    stopping: { on: { stopped: 'stopped' } },
    stopped: { type: 'final' },
  },
});

/** The life of one server: the machine, running. */
export class ServerLifecycle {
  readonly #actor: ActorRefFrom<typeof serverLifecycle> = createActor(serverLifecycle);

  constructor(onChange: (status: ServerStatus) => void) {
    let last: ServerStatus = 'starting';
    this.#actor.subscribe(({ value }) => {
      if (value === last) return;
      last = value;
      onChange(value);
    });
    this.#actor.start();
  }

  get status(): ServerStatus {
    return this.#actor.getSnapshot().value;
  }

  /** Tells what has happened; answers whether it changes anything. */
  tell(type: LifecycleEvent['type']): boolean {
    const before = this.status;
    this.#actor.send({ type });
    return this.status !== before;
  }
}
