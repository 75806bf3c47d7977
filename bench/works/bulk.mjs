// Large messages: what moving bytes costs, with as little of anything else as can be.
import { servers } from '../servers/index.mjs';
import { socketWork } from './socket-load.mjs';

export const bulk = socketWork({
  name: 'bulk',
  unit: 'MB/s',
  better: 'higher',
  sides: { ours: servers.island, floor: servers.ownChunks, net: servers.net, erlang: servers.erlang },
  load: {
    mode: 'echo',
    // For a second or so, while the system still sizes the sockets' buffers, a run is either all
    // connections in turn or a few of them hot in the cache, at up to twice the rate.
    flags: { connections: 10, size: 64 * 1024, 'warm-up': 2 },
    quickFlags: { 'warm-up': 0.3 },
  },
  figures: ({ megabytesPerSecond }) => ({ bulk: megabytesPerSecond }),
});
