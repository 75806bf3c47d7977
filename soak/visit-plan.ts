import { Random } from './random.ts';

/** The servers of a soak: over TCP, TLS and a Unix socket, and over TCP with connections in processes of their own kind. */
export type ServerName = 'tcp' | 'tls' | 'unix' | 'own';

const KINDS = {
  /** Says something and hears it again, a few times over. */
  echo: 8,
  /** Says all it has to say, and that this was all; then hears it again. */
  halfClose: 4,
  /** Has much sent to it, and reads slowly. */
  stream: 4,
  /** Has a part of a file sent to it, and reads slowly. */
  file: 4,
  /** Has much sent to it, and breaks the connection in the middle. */
  abandon: 3,
  /** Has a file sent to it, and breaks the connection in the middle. */
  abandonFile: 2,
  /** Is gone at once. */
  gone: 3,
  /** Says nothing, until the server has had enough of it. */
  silent: 1,
  /** Says what is no handshake; over TCP, what is no command. */
  nonsense: 1,
  /** Breaks the connection before it has said what it wants: over TLS, in the middle of the handshake. */
  breakOff: 2,
  /** Makes the handler fail. */
  crash: 3,
  /** Has the handler close the connection. */
  goodbye: 2,
  /** Is read from in a straight line. */
  recv: 3,
  /** Begins in the clear and goes on over TLS. */
  starttls: 3,
} as const;

export type VisitKind = keyof typeof KINDS;

/** What one client does, from its coming to its going. Times in ms, sizes in bytes. */
export interface Visit {
  readonly server: ServerName;
  readonly kind: VisitKind;
  readonly size: number;
  /** Where in a file it begins. */
  readonly offset: number;
  /** In how many parts it is said. */
  readonly parts: number;
  /** How long it waits between two parts, and between two reads. */
  readonly pauseMs: number;
  readonly leave: 'end' | 'destroy' | 'reset';
  /** What it says first, as a proxy would in its place. */
  readonly proxy: ProxyHeaderKind;
  /** Which of the ways to fail. */
  readonly failure: Failure;
}

/** A header of the PROXY protocol, none, or one that must not be believed. */
const PROXY_HEADERS = { none: 12, v1: 2, v2: 2, broken: 1 } as const;
export type ProxyHeaderKind = keyof typeof PROXY_HEADERS;

export const FAILURES = ['throw', 'reject', 'later', 'error'] as const;
export type Failure = (typeof FAILURES)[number];

/** How big the file is that is sent. */
export const FILE_BYTES = 3 << 20;

const BIG: readonly VisitKind[] = ['stream', 'file', 'abandon', 'abandonFile'];

/** The visit with this number: the same for the same seed, whatever came before it. */
export function planVisit(seed: number, index: number, servers: readonly ServerName[]): Visit {
  const random = new Random(seed, 1, index);
  const server = random.pick(servers);
  // Where there is no server over TLS there is no certificate, and what is secure already cannot be switched.
  const withStarttls = server === 'tcp' && servers.includes('tls');
  const kind = random.weighted(withStarttls ? KINDS : { ...KINDS, starttls: 0 });
  const isBig = BIG.includes(kind);
  return {
    server,
    kind,
    size: isBig ? random.between(1, 2 << 20) : random.between(1, random.pick([10, 1_000, 70_000])),
    offset: random.between(0, FILE_BYTES),
    parts: random.between(1, 5),
    pauseMs: random.pick([0, 0, 1, 5, 20]),
    leave: random.pick(['end', 'destroy', 'reset']),
    proxy: random.weighted(PROXY_HEADERS),
    failure: random.pick(FAILURES),
  };
}

/** Who leaves without an answer, even if all goes as planned. */
const UNANSWERED: readonly VisitKind[] = ['gone', 'silent', 'nonsense', 'breakOff', 'crash'];

/** Whether a client that has done all this has been answered: then there was a connection. Pure. */
export function isAnswered({ kind, size, offset, proxy }: Visit): boolean {
  if (UNANSWERED.includes(kind) || proxy === 'broken') return false;
  return (kind !== 'file' && kind !== 'abandonFile') || fileBytes({ offset, size }) > 0;
}

/** How many bytes of the file come when so many are asked for from there; 0 asks for all. Pure. */
export function fileBytes({ offset, size }: Pick<Visit, 'offset' | 'size'>): number {
  return Math.max(0, Math.min(size, FILE_BYTES - offset));
}
