import { inspect } from 'node:util';
import { ExitMessage, type Host, type Pid, type Self } from '@thousand-island/runtime';
import { ListenFailedError } from './errors.ts';
import type { PostListen } from './listen-options.ts';
import type { ServerMemory } from './server-memory.ts';
import { formatAddress } from './socket-address.ts';
import type { SocketAddress } from './transport.ts';

/** Sent to a Listener whose server is to listen no more: it does not wait for its `postListen` any more. */
export const GIVE_UP = Symbol('give up');

/** Sent to the one who keeps a server by who wants it to listen no more: a resume that is under way may take so long still. */
export class Hurry {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}

/** Sent by the process of a `postListen` when that has had its say. */
class Verdict {
  readonly from: Pid;
  /** Why it does not want the address; undefined if it does. */
  readonly refusal: { readonly cause: unknown } | undefined;

  constructor(from: Pid, refusal: { readonly cause: unknown } | undefined) {
    this.from = from;
    this.refusal = refusal;
  }
}

/** The server is going: who waits for its `postListen`, or is about to ask it, gives that up. */
export function giveUpHook(host: Pick<Host, 'send'>, memory: ServerMemory): void {
  memory.isEnding = true;
  if (memory.asking !== undefined) host.send(memory.asking, GIVE_UP);
}

/**
 * Calls `postListen`, in a process of its own that lives as long as the server listens: what it has started and forgotten fails
 * there, and harms no connection. Resolves with that process, which is linked to the Listener, if it wants the address; rejects
 * with `ListenFailedError` if it does not, or has not said so when the server is to listen no more.
 */
export async function askHook(
  self: Self,
  memory: ServerMemory,
  postListen: PostListen,
  address: SocketAddress,
): Promise<Pid> {
  if (memory.isEnding) throw refusedByEnd(address);
  memory.asking = self.pid;
  try {
    return await verdictOf(self, postListen, address);
  } finally {
    memory.asking = undefined;
  }
}

async function verdictOf(self: Self, postListen: PostListen, address: SocketAddress): Promise<Pid> {
  const hook = self.spawnLink((own) => say(own, self.pid, postListen, address));
  const isAbout = (message: unknown): boolean =>
    message === GIVE_UP ||
    ((message instanceof Verdict || message instanceof ExitMessage) && message.from === hook) ||
    (message instanceof ExitMessage && message.from !== undefined && message.from === self.parent);
  const message = await self.receive({ match: isAbout });
  if (message instanceof Verdict && message.refusal === undefined) return hook;
  dismissHook(self, hook);
  if (message instanceof Verdict) throw refusedByHook(address, message.refusal?.cause);
  if (message instanceof ExitMessage && message.from === hook) throw refusedByHook(address, message.reason);
  // Obeyed as soon as that is over.
  if (message !== GIVE_UP) self.send(self.pid, message);
  throw refusedByEnd(address);
}

function refusedByEnd(address: SocketAddress): ListenFailedError {
  return refusedByHook(address, new Error('it has not said so, and the server is to listen no more'));
}

/** Ends the process of a `postListen`. */
export function dismissHook(self: Self, hook: Pid): void {
  self.unlink(hook);
  self.sendExit(hook, 'shutdown');
}

async function say(own: Self, listener: Pid, postListen: PostListen, address: SocketAddress): Promise<void> {
  own.setLabel('postListen');
  const refusal = await Promise.resolve(address)
    .then(postListen)
    .then(
      () => undefined,
      (cause: unknown) => ({ cause }),
    );
  own.send(listener, new Verdict(own.pid, refusal));
  await own.receive({ match: () => false });
}

function refusedByHook(address: SocketAddress, cause: unknown): ListenFailedError {
  const where = formatAddress(address);
  const why = cause instanceof Error ? cause.message : inspect(cause, { depth: 1 });
  return new ListenFailedError(`postListen does not want ${where}: ${why}`, {
    cause,
    where,
    reason: 'postListen',
  });
}
