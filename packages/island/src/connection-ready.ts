import { ExitMessage } from '@thousand-island/runtime';
import { type Ending, endWith } from './connection-end.ts';
import { type ConnectionState, DRAIN } from './connection-state.ts';
import { HandshakeError } from './errors.ts';

/** What came of making a connection ready. A message to its own process, which waits for nothing else meanwhile. */
class Prepared {
  readonly failure: Error | undefined;
  constructor(failure: Error | undefined) {
    this.failure = failure;
  }
}

/**
 * Does what is needed before a connection can be talked over, within `timeoutMs`. Answers how the connection ends if
 * that fails; undefined if it can go on.
 *
 * The process waits in `receive`, not for the promise: it obeys when it is told to end meanwhile, whatever the client does.
 */
export function ready(
  connection: ConnectionState,
  prepare: () => PromiseLike<unknown>,
  timeoutMs = connection.config.handshakeTimeout,
): Promise<Ending | undefined> {
  const { self } = connection;
  const tell = (failure: Error | undefined): void => self.send(self.pid, new Prepared(failure));
  try {
    prepare().then(() => tell(undefined), tell);
  } catch (failure) {
    tell(failure as Error);
  }
  return self
    .receive({
      match: (each) => each instanceof Prepared || each === DRAIN || isParentExit(each, connection),
      timeout: timeoutMs === Number.POSITIVE_INFINITY ? 'infinity' : timeoutMs,
    })
    .then((message) => endOf(connection, message, timeoutMs));
}

/** How the connection ends, by what its process was told while it was made ready; undefined if it can go on. */
function endOf(connection: ConnectionState, message: unknown, timeoutMs: number): Ending | undefined {
  if (message instanceof Prepared) return message.failure && failed(connection, message.failure);
  // Whatever the client still sends is not waited for, and its place is free.
  connection.socket.close();
  if (message === undefined) {
    const took = `the handshake took longer than ${timeoutMs} ms`;
    return failed(connection, new HandshakeError('timeout', took));
  }
  return endWith(connection, { kind: 'unready' }, 'shutdown');
}

function failed(connection: ConnectionState, error: Error): Ending {
  return endWith(connection, { kind: 'error', reason: error }, { shutdown: error });
}

function isParentExit(message: unknown, { self }: ConnectionState): boolean {
  return message instanceof ExitMessage && message.from !== undefined && message.from === self.parent;
}
