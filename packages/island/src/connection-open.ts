import type { Awaitable } from '@thousand-island/runtime';
import { whenSettled } from './awaitable.ts';
import { endWith } from './connection-end.ts';
import { ready } from './connection-ready.ts';
import { conclude, inBatch, type Outcome } from './connection-result.ts';
import type { ConnectionState } from './connection-state.ts';

/** The connection has a state: it is made ready to be talked over, then handled, then read from. */
export function open(connection: ConnectionState): Awaitable<Outcome> {
  const { socket } = connection;
  if (socket.isClosed) {
    // The client was gone before there was anybody to talk to: nobody has seen it come, and nobody is told that it goes.
    const prematureClose = socket.reader.endError();
    return endWith(connection, { kind: 'unready' }, { shutdown: { prematureClose } });
  }
  connection.reportStart();
  if (socket.transport.handshake === undefined) return handle(connection);
  return ready(connection, async () => socket.handshake()).then((ending) => ending ?? handle(connection));
}

function handle(connection: ConnectionState): Awaitable<Outcome> {
  // Killed after the handshake: nothing of it runs any more.
  if (!connection.self.alive) return undefined;
  const { socket, config } = connection;
  if (config.events.topics['connection:ready'].isWanted) socket.span?.ready();
  return whenSettled(begin(connection), (outcome) => {
    if (outcome === undefined) socket.reader.activate();
    return outcome;
  });
}

function begin(connection: ConnectionState): Awaitable<Outcome> {
  const { socket, state, self, config } = connection;
  if (config.handler.handleConnection === undefined) return conclude(connection, undefined, 'network');
  return inBatch(connection, () => config.handler.handleConnection?.(socket, state, self));
}
