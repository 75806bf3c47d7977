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
    const { megabytesPerSecond, disturbed } = await measureLoad(side, bench, 'echo', flags);
    return { figures: { bulk: megabytesPerSecond }, disturbed };
  },
};
