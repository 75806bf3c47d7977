// Why `bulk` falls off where a heap is larger than about 8 MB: an echo on bare `node:net` that keeps as many small objects as it
// is told to, and does nothing with them. Run it with `--trace-gc` and count the lines of `Mark-Compact`.
import { createServer } from 'node:net';
import { announce } from '../servers/announce.mjs';

const ballast = Array.from({ length: Number(process.argv[2] ?? 0) }, (_, index) => ({
  index,
  list: [index],
}));

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', (data) => socket.write(data));
  // A connection that is reset has no more to say, and may not end the server.
  socket.on('error', () => {});
});

server.listen(0, '127.0.0.1', () => announce(server.address().port, () => ({ ballast: ballast.length })));
