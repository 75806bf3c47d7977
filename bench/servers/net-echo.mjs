// The peer that every echo is compared with: what `node:net` costs when nothing is on top of it.
import { createServer } from 'node:net';
import { announce } from './announce.mjs';
import { memoryHeld } from './memory-held.mjs';

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', (data) => socket.write(data));
  // A connection that is reset has no more to say, and may not end the server.
  socket.on('error', () => {});
});

server.listen(0, '127.0.0.1', () => announce(server.address().port, memoryHeld));
