import { SocketClosedError } from './errors.ts';
import type { SocketReader } from './socket-reader.ts';

/** Why nothing can be sent over it; undefined if it can. It is mute as long as what it is to be talked over does not stand. */
export function refusalOf(reader: SocketReader, isMute: boolean): Error | undefined {
  const { raw, end } = reader;
  if (raw.destroyed || raw.writableEnded) return reader.endError();
  if (!isMute) return undefined;
  return end === undefined
    ? new SocketClosedError('the socket is not open yet: its handshake is not done')
    : reader.endError();
}
