// Small messages there and back: what one message costs on its way through the server.
import { servers } from '../servers/index.mjs';
import { socketWork } from './socket-load.mjs';

const size = 64;
const { island, net, erlang } = servers;

/** One connection, one message at a time: nothing to share a loop's turn with, so time is all. */
export const echo1 = socketWork({
  name: 'echo1',
  unit: 'us p50',
  better: 'lower',
  also: [{ name: 'echo1-p99', unit: 'us p99', better: 'lower' }],
  sides: { ours: island, net },
  loads: [{ mode: 'echo', flags: { connections: 1, size } }],
  figures: ({ p50us, p99us }) => ({ echo1: p50us, 'echo1-p99': p99us }),
});

export const echo50 = echoAt(50);
export const echo500 = echoAt(500);

function echoAt(connections) {
  const name = `echo${connections}`;
  return socketWork({
    name,
    unit: 'req/s',
    better: 'higher',
    sides: { ours: island, net, erlang },
    loads: [{ mode: 'echo', flags: { connections, size } }],
    figures: ({ rate }) => ({ [name]: rate }),
  });
}
