// Small messages there and back: what one message costs on its way through the server.
import { measureLoad, missing } from './socket-load.mjs';

const size = 64;

/** One connection, one message at a time: nothing to share a loop's turn with, so time is all. */
export const echo1 = {
  name: 'echo1',
  unit: 'us p50',
  better: 'lower',
  also: [{ name: 'echo1-p99', unit: 'us p99', better: 'lower' }],
  peers: ['net'],
  missing,
  async run(side, bench) {
    const flags = { connections: 1, size };
    const { p50us, p99us, disturbed } = await measureLoad(side, bench, 'echo', flags);
    return { figures: { echo1: p50us, 'echo1-p99': p99us }, disturbed };
  },
};

export const echo50 = echoAt(50);
export const echo500 = echoAt(500);

function echoAt(connections) {
  const name = `echo${connections}`;
  return {
    name,
    unit: 'req/s',
    better: 'higher',
    peers: ['net'],
    missing,
    async run(side, bench) {
      const { rate, disturbed } = await measureLoad(side, bench, 'echo', { connections, size });
      return { figures: { [name]: rate }, disturbed };
    },
  };
}
