// The same over TLS 1.3: messages on open connections, and connections with a whole handshake each.
import { servers, withoutTls } from '../servers/index.mjs';
import { churnLoad } from './churn.mjs';
import { socketWork } from './socket-load.mjs';

const sides = { ours: servers.islandTls, floor: servers.tlsFloor, tls: servers.tls };

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
  unit: 'conn/s',
  better: 'higher',
  leftOut: withoutTls,
  sides,
  // A tenth of the connections that there are without TLS: code that runs for each needs longer until it is compiled.
  loads: [{ ...churnLoad, tls: true, firstUse: 10 }],
  figures: ({ rate }) => ({ 'tls-churn': rate }),
});
