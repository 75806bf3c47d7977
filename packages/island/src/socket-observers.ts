import type { ConnectionSpan } from './connection-span.ts';
import type { FileRange, IslandEvents } from './events.ts';
import type { SendData } from './sending.ts';

/** Whether anybody wants to know what comes of a send. */
export function isSendWanted({ topics }: IslandEvents): boolean {
  return topics['connection:send'].isWanted || topics['connection:sendError'].isWanted;
}

/** Whether anybody wants to know what comes of sending a file. */
export function isSendfileWanted({ topics }: IslandEvents): boolean {
  return topics['connection:sendfile'].isWanted || topics['connection:sendfileError'].isWanted;
}

/** Whether anybody wants to know what comes of a recv. */
export function isRecvWanted({ topics }: IslandEvents): boolean {
  return topics['connection:recv'].isWanted || topics['connection:recvError'].isWanted;
}

/** Tells what comes of a send. Answers it. */
export function observeSend(
  span: ConnectionSpan | undefined,
  data: SendData,
  sent: Promise<void>,
): Promise<void> {
  sent.then(
    () => span?.sent(data),
    (error: Error) => span?.sendFailed(data, error),
  );
  return sent;
}

/** Tells what comes of sending a file. Answers it. */
export function observeFile(
  span: ConnectionSpan | undefined,
  range: FileRange,
  sent: Promise<number>,
): Promise<number> {
  sent.then(
    (sentBytes) => span?.fileSent({ ...range, sentBytes }),
    (error: Error) => span?.sendfileFailed(range, error),
  );
  return sent;
}
