import { createMachine, type StateValue } from 'xstate';
import { getSimplePaths } from 'xstate/graph';

/** What can befall a connection. */
export type ConnectionEvent =
  /** Its handler does not want it; its `init` throws; its `init` is done. */
  | 'ignore'
  | 'failInit'
  | 'begin'
  /** The handshake is done; the client talks nonsense, says nothing, or goes before it is. */
  | 'shake'
  | 'garble'
  | 'stall'
  | 'leave'
  /** The client is silent for too long, says goodbye, or breaks the connection. */
  | 'silence'
  | 'hangUp'
  | 'reset'
  /** The handler begins something that takes its time, and is done with it. */
  | 'work'
  | 'done'
  /** The handler closes, says that there is an error, or throws. */
  | 'close'
  | 'error'
  | 'throw'
  /** The server is drained; the process is killed. */
  | 'drain'
  | 'kill';

/** Where a connection is, and how it can end. */
export type ConnectionPlace =
  | 'starting'
  | 'handshaking'
  | 'open'
  | 'busy'
  | 'leaving'
  | 'unborn'
  | 'unready'
  | 'closed'
  | 'failed'
  | 'timedOut'
  | 'shutDown'
  | 'killed';

/** Which connections: over TLS or in the clear, with a handler that can finish politely or not. */
export interface ConnectionKind {
  readonly secure: boolean;
  readonly polite: boolean;
}

const final = { type: 'final' } as const;

/** The life of one connection, as a handler and its client can see it. */
function connectionLife({ secure, polite }: ConnectionKind) {
  const talking = {
    hangUp: 'closed',
    reset: 'failed',
    close: 'closed',
    error: 'failed',
    throw: 'failed',
    kill: 'killed',
  };
  return createMachine({
    id: 'connection',
    initial: 'starting',
    states: {
      starting: { on: { ignore: 'unborn', failInit: 'unborn', begin: secure ? 'handshaking' : 'open' } },
      ...(secure
        ? {
            handshaking: {
              on: {
                shake: 'open',
                garble: 'failed',
                stall: 'failed',
                leave: 'failed',
                drain: 'unready',
                kill: 'killed',
              },
            },
            unready: final,
          }
        : {}),
      open: { on: { ...talking, work: 'busy', silence: 'timedOut', drain: polite ? 'leaving' : 'shutDown' } },
      // A handler that is busy hears of nothing but the kill before it is done.
      busy: { on: { done: 'open', throw: 'failed', kill: 'killed' } },
      ...(polite ? { leaving: { on: { ...talking, silence: 'timedOut' } } } : { shutDown: final }),
      unborn: final,
      closed: final,
      failed: final,
      timedOut: final,
      killed: final,
    },
  });
}

/** One way through a life: what happens, and where that leads. */
export type Way = readonly { readonly event: ConnectionEvent; readonly to: ConnectionPlace }[];

/** Every simple path to an end, and one to the end through each transition that leads back. */
export function ways(kind: ConnectionKind): Way[] {
  const machine = connectionLife(kind);
  const paths = getSimplePaths(machine).map(({ state, steps }) => ({
    isEnd: state.status === 'done',
    way: steps
      .map((step) => ({ event: step.event.type, to: step.state.value }))
      .filter(({ event }) => event !== 'xstate.init') as Way,
  }));
  const through = paths
    .filter(({ way }) => way.at(-1)?.to === 'busy')
    .map(({ way }): Way => [...way, { event: 'done', to: 'open' }, { event: 'close', to: 'closed' }]);
  return [...paths.filter(({ isEnd }) => isEnd).map(({ way }) => way), ...through];
}

/** All transitions of a kind of connection, as text. */
export function transitionsOf(kind: ConnectionKind): string[] {
  const { states = {} } = connectionLife(kind).config;
  return Object.entries(states).flatMap(([from, state]) => {
    const { on = {} } = state as { readonly on?: Readonly<Record<string, StateValue>> };
    return Object.entries(on).map(([event, to]) => `${from} ${event} ${String(to)}`);
  });
}
