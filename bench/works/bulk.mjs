// Large messages: what moving bytes costs, with as little of anything else as can be.
import { servers } from '../servers/index.mjs';
import { socketWork } from './socket-load.mjs';

export const bulk = socketWork({
  name: 'bulk',
  // What decides is the process (README.md, "What cannot be reached"): as many of them as can be.
  slices: 1,
  unit: 'MB/s',
  better: 'higher',
  sides: { ours: servers.island, floor: servers.ownChunks, net: servers.net, erlang: servers.erlang },
  // For a second or so, while the system still sizes the sockets' buffers, a run is either all connections in turn or a few
  // of them hot in the cache, at up to twice the rate.
  loads: [{ mode: 'echo', flags: { connections: 10, size: 64 * 1024, 'warm-up': 1.5, seconds: 1 } }],
  figures: ({ megabytesPerSecond }) => ({ bulk: megabytesPerSecond }),
});
