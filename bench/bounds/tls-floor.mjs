// What an echo over TLS can be when its code can be traced and its answers go out together: bare `node:tls`, an async context
// for each read, and the writes of a turn of the loop at its end. No process, no mailbox, no limit, no time-out.
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { createServer } from 'node:tls';
import { announce } from '../servers/announce.mjs';
import { certificate } from '../servers/certificate.mjs';

const owners = new AsyncLocalStorage();
let turn = [];

function write({ socket, data }) {
  socket.write(data);
}

function endTurn() {
  const ended = turn;
  turn = [];
  for (const read of ended) read.socket.scope.runInAsyncScope(write, undefined, read);
}

function onData(data) {
  if (turn.push({ socket: this, data }) === 1) setImmediate(endTurn);
}

const server = createServer({ ...(await certificate()), noDelay: true }, (socket) => {
  socket.scope = owners.run(socket, () => new AsyncResource('floor'));
  socket.on('data', onData);
  // A connection that is reset has no more to say, and may not end the server.
  socket.on('error', () => {});
});

server.listen(0, '127.0.0.1', () => announce(server.address().port));
