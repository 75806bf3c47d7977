// The least that a connection over TLS can be with a process of its own: bare `node:tls` under the minimal core, which has no
// time-outs, reports, limits or inspection. What comes is a message to the connection's process; it is handled once this turn's
// I/O has been read, in an async context of the process. A supervisor is linked to each connection, and hears of its end.
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { createServer } from 'node:net';
import { Server } from 'node:tls';
import { Exit, exit, link, send, spawn } from '../actors/minimal-core.mjs';
import { announce } from '../servers/announce.mjs';
import { certificate } from '../servers/certificate.mjs';

const owners = new AsyncLocalStorage();
const END = Symbol('end');
const pending = new WeakMap();
let read = [];

/** Told of once what there is to read has been read. */
function tell(process, message) {
  if (read.push({ process, message }) === 1) setImmediate(tellAll);
}

function tellAll() {
  const told = read;
  read = [];
  for (const { process, message } of told) send(process, message);
}

const handshakes = new Server({ ...(await certificate()), handshakeTimeout: -1 });
handshakes.on('secureConnection', (secured) => pending.get(secured._parent)(secured));
handshakes.on('tlsClientError', (_error, secured) => secured.destroy());

function shakeHands(raw) {
  return new Promise((resolve) => {
    pending.set(raw, resolve);
    handshakes.emit('connection', raw);
  });
}

function handle(connection, message, self) {
  if (connection.secured === undefined) {
    if (message === connection) {
      void shakeHands(connection.raw).then((secured) => tell(self, secured));
      return connection;
    }
    connection.secured = message;
    message.on('error', () => {});
    message.on('data', (data) => tell(self, data));
    message.on('end', () => tell(self, END));
  } else if (message === END) {
    connection.secured.destroy();
    exit(self, 'normal');
  } else connection.secured.write(message);
  return connection;
}

function inScope(connection, message, self) {
  return connection.scope.runInAsyncScope(handle, undefined, connection, message, self);
}

const children = new Set();
const supervisor = spawn((state, message) => {
  if (message instanceof Exit) children.delete(message.from);
  else {
    const connection = { raw: message, secured: undefined, scope: undefined };
    const child = spawn(inScope, connection);
    connection.scope = owners.run(child, () => new AsyncResource('floor'));
    link(supervisor, child);
    children.add(child);
    send(child, connection);
  }
  return state;
}, 0);
supervisor.trapsExit = true;

const server = createServer({ noDelay: true, allowHalfOpen: true }, (raw) => {
  raw.on('error', () => {});
  tell(supervisor, raw);
});

server.listen(0, '127.0.0.1', () => announce(server.address().port));
