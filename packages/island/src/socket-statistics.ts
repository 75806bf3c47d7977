import type { SocketReader } from './socket-reader.ts';
import type { SocketStatistics } from './transport.ts';
import { takenOf } from './transports/taken.ts';

/** What went over a socket. Node counts as written what still waits in the process; that is not sent. */
export function statisticsOf(
  { raw, receivedCount, before }: SocketReader,
  sentCount: number,
): SocketStatistics {
  return {
    sentBytes: (raw.takenAtEnd ?? takenOf(raw)) + (before?.sent ?? 0),
    sentCount,
    receivedBytes: raw.bytesRead + (before?.received ?? 0),
    receivedCount,
  };
}
