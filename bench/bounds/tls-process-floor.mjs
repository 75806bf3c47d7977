// The least that a connection over TLS can be in the tree: bare `node:tls` under the minimal core, which has no reports, limits,
// statistics or inspection. An acceptor has a process started for each socket by a supervisor, which answers it, and is linked to the
// process, and hears of its end. What comes is a message to that process; it is handled once this turn's I/O has been read. Each process'
// code runs in an async context of its own. There is a time for the handshake, and one for the client's silence.
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

const deadlines = new Map();

/** All are as far away: the oldest is due first. Nobody looks whether it is. */
function setDeadline(connection, milliseconds) {
  deadlines.delete(connection);
  deadlines.set(connection, Math.ceil(performance.now() + milliseconds));
}

/** A process whose handler runs in an async context of its own. */
function spawnScoped(handler, state) {
  const process = spawn(
    (current, message, self) => scope.runInAsyncScope(handler, undefined, current, message, self),
    state,
  );
  const scope = owners.run(process, () => new AsyncResource('floor'));
  return process;
}

function handle(connection, message, self) {
  if (connection.secured === undefined) {
    if (message === connection) {
      setDeadline(connection, 5_000);
      void shakeHands(connection.raw).then((secured) => tell(self, secured));
      return connection;
    }
    setDeadline(connection, 60_000);
    connection.secured = message;
    message.on('error', () => {});
    message.on('data', (data) => tell(self, data));
    message.on('end', () => tell(self, END));
  } else if (message === END) {
    deadlines.delete(connection);
    // RFC 8446 section 6.1: bare `tls` says goodbye too.
    connection.secured.end();
    connection.secured.destroy();
    exit(self, 'normal');
  } else {
    setDeadline(connection, 60_000);
    connection.secured.write(message);
  }
  return connection;
}

const supervisor = spawnScoped((children, message) => {
  if (message instanceof Exit) children.delete(message.from);
  else {
    const connection = { raw: message.raw, secured: undefined };
    const child = spawnScoped(handle, connection);
    link(supervisor, child);
    children.add(child);
    send(child, connection);
    send(message.from, { started: child });
  }
  return children;
}, new Set());
supervisor.trapsExit = true;

/** Has one socket in its hand; those that come meanwhile wait. */
const acceptor = spawnScoped(
  (hand, message, self) => {
    if (message.started === undefined) hand.waiting.push(message);
    else hand.isEmpty = true;
    if (hand.isEmpty && hand.waiting.length > 0) {
      hand.isEmpty = false;
      send(supervisor, { raw: hand.waiting.shift(), from: self });
    }
    return hand;
  },
  { waiting: [], isEmpty: true },
);

const server = createServer({ noDelay: true, allowHalfOpen: true }, (raw) => {
  raw.on('error', () => {});
  tell(acceptor, raw);
});

server.listen(0, '127.0.0.1', () => announce(server.address().port));
