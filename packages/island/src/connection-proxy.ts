import type { Outcome } from './connection-end.ts';
import { type Preparing, ready } from './connection-ready.ts';
import type { ConnectionState } from './connection-state.ts';
import type { ProxyPolicy } from './proxy-options.ts';
import { expectsProxyHeader, readProxyHeader } from './socket-proxy.ts';

/**
 * Reads the PROXY header of a connection, before anything else of it. Answers how the connection ends if there has to be one
 * and is none, or what there is may not be; undefined if it can go on.
 */
export async function readyBehindProxy(connection: ConnectionState, policy: ProxyPolicy): Promise<Outcome> {
  const { socket, self, config } = connection;
  if (!expectsProxyHeader(socket, policy)) return undefined;
  const timeoutMs = policy.timeout ?? config.handshakeTimeout;
  // The time is kept where it is known what has come until then.
  const read: Preparing = (_connection, onDone, onFailed) => {
    readProxyHeader(socket, self, policy, timeoutMs).then(onDone, onFailed);
  };
  return ready(connection, read, Number.POSITIVE_INFINITY);
}
