// The same over TLS 1.3: messages on open connections, and connections with a whole handshake each.
import { servers, withoutTls } from '../servers/index.mjs';
import { churnLoad } from './churn.mjs';
import { socketWork } from './socket-load.mjs';

const sides = { ours: servers.islandTls, floor: servers.tlsFloor, tls: servers.tls };

/** A client needs as much for a handshake as a server: what limits the rate is its core, so what counts is the server's time. */
const perSecondOfServer = ({ messages, serverSeconds, rate }) =>
  serverSeconds > 0 ? messages / serverSeconds : rate;

export const tlsEcho = socketWork({
  name: 'tls-echo',
  unit: 'req/s',
  better: 'higher',
  leftOut: withoutTls,
  sides,
  loads: [{ mode: 'echo', flags: { connections: 50, size: 64 }, tls: true }],
  figures: ({ rate }) => ({ 'tls-echo': rate }),
});

export const tlsChurn = socketWork({
  name: 'tls-churn',
  unit: 'conn/cpu-s',
  better: 'higher',
  leftOut: withoutTls,
  sides: { ...sides, floor: servers.tlsProcessFloor },
  // A tenth of the connections that there are without TLS: code that runs for each needs longer until it is compiled.
  loads: [{ ...churnLoad, tls: true, firstUse: 10, mayBusyClient: true }],
  figures: (load) => ({ 'tls-churn': perSecondOfServer(load) }),
});
