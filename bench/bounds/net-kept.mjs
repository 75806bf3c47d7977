// Bare `node:net` that keeps so many bytes of objects more for each connection (a multiple of 96), and does nothing with them:
// `node --expose-gc bounds/net-kept.mjs 576`. What is resident grows by steps, as V8 doubles its young generation.
import { createServer } from 'node:net';
import { announce } from '../servers/announce.mjs';
import { memoryHeld } from '../servers/memory-held.mjs';

const bytes = Number(process.argv[2] ?? 0);

class Kept {
  constructor(next) {
    this.next = next;
    this.a = this.b = this.c = this.d = undefined;
    this.i = this.j = this.k = this.l = 0;
  }
}

const server = createServer({ noDelay: true }, (socket) => {
  for (let left = bytes; left > 0; left -= 96) socket.kept = new Kept(socket.kept);
  socket.on('data', (data) => socket.write(data));
  socket.on('error', () => {});
});

server.listen(0, '127.0.0.1', () => announce(server.address().port, memoryHeld));
