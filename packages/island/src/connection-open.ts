import type { Awaitable } from '@thousand-island/runtime';
import { whenSettled } from './awaitable.ts';
import type { Outcome } from './connection-end.ts';
import { endWith } from './connection-end.ts';
import { readyBehindProxy } from './connection-proxy.ts';
import { type Preparing, ready } from './connection-ready.ts';
import { conclude, connected } from './connection-result.ts';
import type { ConnectionState } from './connection-state.ts';

/** The connection has a state: it is known whom it is with, made ready to be talked over, then handled, then read from. */
export function open(connection: ConnectionState): Awaitable<Outcome> {
  const { socket, config } = connection;
  if (socket.isClosed) {
    // The client was gone before there was anybody to talk to: nobody has seen it come, and nobody is told that it goes.
    const prematureClose = socket.reader.endError();
    return endWith(connection, { kind: 'unready' }, { shutdown: { prematureClose } });
  }
  const { proxyProtocol } = config;
  // Most of those that begin with a handshake are heard only after it.
  if (proxyProtocol !== undefined || socket.transport.handshake === undefined) socket.reader.hear();
  if (proxyProtocol === undefined) return opened(connection, undefined);
  return readyBehindProxy(connection, proxyProtocol).then((ending) => opened(connection, ending));
}

function opened(connection: ConnectionState, ending: Outcome): Awaitable<Outcome> {
  // Killed before anything of it was told: nothing of it runs any more.
  if (!connection.self.alive) return undefined;
  connection.reportStart();
  const { socket, config } = connection;
  if (ending !== undefined) return ending;
  if (socket.transport.handshake === undefined) return handle(connection);
  const shakeHands: Preparing = (onDone, onFailed) => socket.handshake(onDone, onFailed);
  return ready(connection, shakeHands, config.handshakeTimeout, handle);
}

function handle(connection: ConnectionState): Awaitable<Outcome> {
  // Killed after the handshake: nothing of it runs any more.
  if (!connection.self.alive) return undefined;
  const { socket, config } = connection;
  if (config.events.topics['connection:ready'].isWanted) socket.span?.ready();
  if (config.framing !== undefined) socket.reader.setFraming(config.framing);
  return whenSettled(begin(connection), (outcome) => {
    if (outcome === undefined) socket.reader.activate();
    return outcome;
  });
}

function begin(connection: ConnectionState): Awaitable<Outcome> {
  const { config } = connection;
  if (config.handler.handleConnection === undefined)
    return conclude(connection, undefined, 'network', 'handleConnection');
  return connected(connection);
}
