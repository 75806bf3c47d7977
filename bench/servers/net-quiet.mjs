// The peer of the storms: an echo on bare `node:net` and bare timers in a process in which nothing else happens.
import { createServer } from 'node:net';
import { announce } from './announce.mjs';
import { Lateness } from './lateness.mjs';

const lateness = new Lateness();

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', (data) => socket.write(data));
  // A connection that is reset has no more to say, and may not end the server.
  socket.on('error', () => {});
});

function measureTimer() {
  const due = performance.now() + Lateness.everyMs;
  setTimeout(() => {
    lateness.record(due, performance.now());
    measureTimer();
  }, Lateness.everyMs);
}

measureTimer();
server.listen(0, '127.0.0.1', () => announce(server.address().port, () => ({ lateMs: lateness.take() })));
