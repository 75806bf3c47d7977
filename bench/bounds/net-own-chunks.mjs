// What `bulk` can be when what is read belongs to the handler, which may keep it: an echo on bare `node:net` that is read into
// a buffer of its own each time, and does nothing more. One buffer for all reads would be nearly twice as fast, and would be
// written over while a slow client is still sent what was in it.
import { createServer, Socket } from 'node:net';
import { announce } from '../servers/announce.mjs';

const READ_BYTES = 64 * 1024;

const onread = {
  buffer: () => Buffer.allocUnsafeSlow(READ_BYTES),
  callback(length, buffer) {
    this.write(buffer.subarray(0, length));
    return true;
  },
};

const server = createServer({ noDelay: true });

server.listen(0, '127.0.0.1', () => {
  // Node takes `onread` for sockets that connect; those that it accepts are made here as it makes them, and given it.
  server._handle.onconnection = (status, handle) => {
    if (status !== 0) throw new Error(`a connection could not be accepted: ${status}`);
    const socket = new Socket({ handle, noDelay: true, readable: true, writable: true, onread });
    handle.setNoDelay(true);
    // A connection that is reset has no more to say, and may not end the server.
    socket.on('error', () => {});
  };
  announce(server.address().port);
});
