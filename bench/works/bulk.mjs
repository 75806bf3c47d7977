// Large messages: what moving bytes costs, with as little of anything else as can be.
import { measureLoad, missing } from './socket-load.mjs';

export const bulk = {
  name: 'bulk',
  unit: 'MB/s',
  better: 'higher',
  peers: ['net'],
  missing,
  async run(side, bench) {
    const flags = { connections: 10, size: 64 * 1024 };
    // For a second or so, while the system still sizes the sockets' buffers, a run is either all
    // connections in turn or a few of them hot in the cache, at up to twice the rate.
    if (!bench.quick) flags['warm-up'] = 2;
    const { megabytesPerSecond, disturbed } = await measureLoad(side, bench, 'echo', flags);
    return { figures: { bulk: megabytesPerSecond }, disturbed };
  },
};
