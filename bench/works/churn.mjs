// Connect, one byte there and back, close: what a connection costs from its start to its end.
import { servers } from '../servers/index.mjs';
import { socketWork } from './socket-load.mjs';

/** A closed connection occupies its port for a minute: one address would run out in two seconds. */
export const churnLoad = { mode: 'churn', flags: { connections: 50, 'source-addresses': 64 } };

export const churn = socketWork({
  name: 'churn',
  unit: 'conn/s',
  better: 'higher',
  sides: { ours: servers.island, floor: servers.floor, net: servers.net, erlang: servers.erlang },
  loads: [churnLoad],
  figures: ({ rate }) => ({ churn: rate }),
});
