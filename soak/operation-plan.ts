import { Random } from './random.ts';
import type { ServerName } from './visit-plan.ts';

/** The processes of a server that are killed, by what they are called in its tree. */
const ROLES = {
  connection: 60,
  acceptorWorker: 12,
  connectionSupervisor: 8,
  acceptor: 6,
  shutdownListener: 3,
  acceptorSupervisor: 2,
  listener: 2,
  server: 1,
} as const;

export type Role = keyof typeof ROLES;

/** Options that are changed, all of them such as `setOptions` takes. */
export type OptionChanges = Readonly<Record<string, number | string>>;

/** What is done to a server while clients come and go. Times in ms. */
export type Operation = { readonly server: ServerName } & (
  | { readonly kind: 'kill'; readonly role: Role; readonly which: number }
  | { readonly kind: 'suspend'; readonly acceptor: string | undefined; readonly forMs: number }
  | {
      readonly kind: 'drain';
      readonly acceptor: string | undefined;
      readonly timeout: number | 'brutalKill';
      readonly window: number;
    }
  | { readonly kind: 'change'; readonly options: OptionChanges }
  | { readonly kind: 'rebuild'; readonly options: OptionChanges }
  /** The certificate is made ready anew. */
  | { readonly kind: 'reload' }
  | { readonly kind: 'look' }
);

/** How many acceptors a server has at the start, and at the end of each storm. */
export const ACCEPTORS = 4;
const MOST_ACCEPTORS = 6;

const KINDS = { kill: 10, suspend: 4, drain: 4, change: 5, rebuild: 2, reload: 1, look: 2 } as const;

/** The operation with this number in its lane: the same for the same seed, whatever came before it. */
export function planOperation(
  seed: number,
  lane: number,
  index: number,
  servers: readonly ServerName[],
): Operation {
  const random = new Random(seed, 2, lane, index);
  const server = random.pick(servers);
  const acceptor = random.next() < 0.7 ? `acceptor-${random.between(1, ACCEPTORS)}` : undefined;
  const kind = random.weighted(KINDS);
  switch (kind) {
    case 'kill':
      return { server, kind, role: random.weighted(ROLES), which: random.next() };
    case 'suspend':
      return { server, kind, acceptor, forMs: random.between(0, 300) };
    case 'drain': {
      const timeout = random.pick(['brutalKill', 0, 50, 1_000] as const);
      return { server, kind, acceptor, timeout, window: random.pick([0, 0, 200]) };
    }
    case 'change':
      return { server, kind, options: anyChange(random) };
    case 'rebuild':
      return { server, kind, options: anyRebuild(random) };
    case 'reload':
    case 'look':
      return { server, kind };
    default:
      return kind satisfies never;
  }
}

function anyChange(random: Random): OptionChanges {
  return random.pick<() => OptionChanges>([
    () => ({ maxConnections: random.pick(['infinity', 4, 8, 100] as const) }),
    () => ({ maxTotalConnections: random.pick(['infinity', 16, 100] as const) }),
    () => ({ whenFull: random.pick(['retry', 'park']) }),
    () => ({
      maxConnectionsRetryCount: random.between(0, 20),
      maxConnectionsRetryWait: random.between(1, 50),
    }),
    () => ({ readTimeout: random.between(200, 1_500) }),
    () => ({ handshakeTimeout: random.between(100, 1_500) }),
    () => ({ sendTimeout: random.between(500, 5_000) }),
    () => ({ maxSendBuffer: random.pick([1 << 18, 16 << 20]) }),
  ])();
}

function anyRebuild(random: Random): OptionChanges {
  return random.pick<() => OptionChanges>([
    () => ({ acceptors: random.between(1, MOST_ACCEPTORS) }),
    () => ({ backlog: random.pick([16, 1_024]) }),
  ])();
}
