// The peer of the TLS works: what `node:tls` costs when nothing is on top of it.
import { createServer } from 'node:tls';
import { announce } from './announce.mjs';
import { certificate } from './certificate.mjs';

const server = createServer({ ...(await certificate()), noDelay: true }, (socket) => {
  socket.on('data', (data) => socket.write(data));
  // A connection that is reset has no more to say, and may not end the server.
  socket.on('error', () => {});
});

server.listen(0, '127.0.0.1', () => announce(server.address().port));
