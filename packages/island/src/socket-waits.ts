import type { PendingRecv } from './pending-recv.ts';
import type { RawSocket } from './transport.ts';

/** How many bytes went over a raw socket each way. */
export interface Passed {
  readonly sent: number;
  readonly received: number;
}

/** What has gone over it, without what waits to go out, or to be read; undefined if that is nothing. */
export function passed(raw: RawSocket): Passed | undefined {
  const sent = raw.bytesWritten - raw.writableLength;
  const received = raw.bytesRead - raw.readableLength;
  return sent + received > 0 ? { sent, received } : undefined;
}

/** Who waits for something of a socket, and what else few of them have. Most have nobody. */
export interface Waits {
  recv?: PendingRecv | undefined;
  /** What had gone over the raw socket that this one lies over. */
  before?: Passed;
  /** When one was given something that no callback was waiting for. */
  heardAt?: number;
  /** For the client to say goodbye: what still comes is not looked at. */
  onGoodbye?: () => void;
  /** For the kernel to take something: told when the socket has closed. */
  onClosed?: () => void;
}
