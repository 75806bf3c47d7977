import type { Awaitable } from '@thousand-island/runtime';
import { isPromise } from './awaitable.ts';
import type { Outcome } from './connection-end.ts';
import { endWith } from './connection-end.ts';
import { readyBehindProxy } from './connection-proxy.ts';
import { type Preparing, ready } from './connection-ready.ts';
import { conclude, connected } from './connection-result.ts';
import type { ConnectionState } from './connection-state.ts';
import type { ProxyPolicy } from './proxy-options.ts';

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
  return openBehindProxy(connection, proxyProtocol);
}

// A function of its own, as everywhere here where something has to wait: what closures share is made when their function is entered.
function openBehindProxy(connection: ConnectionState, policy: ProxyPolicy): PromiseLike<Outcome> {
  return readyBehindProxy(connection, policy).then((ending) => opened(connection, ending));
}

const shakeHands: Preparing = ({ socket }, onDone, onFailed) => socket.handshake(onDone, onFailed);

function opened(connection: ConnectionState, ending: Outcome): Awaitable<Outcome> {
  // Killed before anything of it was told: nothing of it runs any more.
  if (!connection.self.alive) return undefined;
  connection.reportStart();
  const { socket, config } = connection;
  if (ending !== undefined) return ending;
  if (socket.transport.handshake === undefined) return handle(connection);
  return ready(connection, shakeHands, config.handshakeTimeout, handle);
}

function handle(connection: ConnectionState): Awaitable<Outcome> {
  // Killed after the handshake: nothing of it runs any more.
  if (!connection.self.alive) return undefined;
  const { socket, config } = connection;
  if (config.events.topics['connection:ready'].isWanted) socket.span?.ready();
  if (config.framing !== undefined) socket.reader.setFraming(config.framing);
  const outcome = begin(connection);
  return isPromise<Outcome>(outcome)
    ? outcome.then((settled) => begun(connection, settled))
    : begun(connection, outcome);
}

/** `handleConnection` is done: reading begins, unless the connection ends with it. */
function begun({ socket }: ConnectionState, outcome: Outcome): Outcome {
  if (outcome === undefined) socket.reader.activate();
  return outcome;
}

function begin(connection: ConnectionState): Awaitable<Outcome> {
  const { config } = connection;
  if (config.handler.handleConnection === undefined)
    return conclude(connection, undefined, 'network', 'handleConnection');
  return connected(connection);
}
