import type { RawSocket } from '../transport.ts';

/** What lies below a socket of Node: it knows how much of a large write is still to be taken, and the stream does not. */
interface Handle {
  readonly bytesWritten?: number;
  readonly writeQueueSize?: number;
}

/** A socket of Node, or one that is not; `_parent` is what TLS lies over. */
type Lower = RawSocket & { readonly _handle?: Handle | null; readonly _parent?: object | null };

/**
 * How many bytes the kernel has taken of what a socket was given. Node counts a write when all of it is done; of one that is under
 * way its handle knows the rest, but over TLS, where that is of what is encrypted.
 */
export function takenOf(raw: Lower): number {
  const { _handle: handle, _parent: parent } = raw;
  const { bytesWritten, writeQueueSize } = (parent ?? undefined) === undefined ? (handle ?? {}) : {};
  if (bytesWritten === undefined || writeQueueSize === undefined)
    return raw.bytesWritten - raw.writableLength;
  return bytesWritten - writeQueueSize;
}

type Destroy = RawSocket['_destroy'];

/**
 * The socket keeps what nobody knows once it is destroyed. Asked for when somebody waits for it to take something: a function of its own
 * costs each connection over TLS, and most have nothing to lose.
 */
export function keepTaken(raw: RawSocket): void {
  // An AcceptedSocket does by its class.
  if ('receiver' in raw) return;
  raw._destroy = destroyNoting;
}

const destroyNoting: Destroy = function (this: RawSocket, error, callback): void {
  if (this.writableLength > 0) this.takenAtEnd = takenOf(this);
  const { _destroy } = Object.getPrototypeOf(this) as { readonly _destroy: Destroy };
  _destroy.call(this, error, callback);
};
