import type { Awaitable } from '@thousand-island/runtime';
import { whenSettled } from './awaitable.ts';
import { ready } from './connection-ready.ts';
import { conclude, inBatch, type Outcome } from './connection-result.ts';
import type { ConnectionState } from './connection-state.ts';

/** The connection has a state: it is made ready to be talked over, then handled, then read from. */
export function open(connection: ConnectionState): Awaitable<Outcome> {
  connection.reportStart();
  const { socket } = connection;
  if (socket.transport.handshake === undefined) return handle(connection);
  return ready(connection, async () => socket.handshake()).then((ending) => ending ?? handle(connection));
}

function handle(connection: ConnectionState): Awaitable<Outcome> {
  return whenSettled(begin(connection), (outcome) => {
    if (outcome === undefined) connection.socket.reader.activate();
    return outcome;
  });
}

function begin(connection: ConnectionState): Awaitable<Outcome> {
  const { socket, state, self, config } = connection;
  if (config.handler.handleConnection === undefined) return conclude(connection, undefined, 'network');
  return inBatch(connection, () => config.handler.handleConnection?.(socket, state, self));
}
