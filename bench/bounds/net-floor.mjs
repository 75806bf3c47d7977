// The least that a supervised connection can be on top of `node:net`: an echo that does nothing more, but keeps for each
// connection the records that a process, its socket and its supervisor cannot do without, in one object each, and runs its
// code in an async context of its own, so that an error can be traced to it. No mailbox, no message, no call, no limit, no
// time-out, no span. What this costs against bare `net`, nothing that supervises and contains can do without.
//
// `net-floor.mjs N` runs N small functions besides for each connection, which allocate nothing: so much code that V8 compiles.
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { createServer } from 'node:net';
import { announce } from '../servers/announce.mjs';
import { memoryHeld } from '../servers/memory-held.mjs';
import { steps } from './steps.mjs';

const owners = new AsyncLocalStorage();
const children = new Map();
const links = new Set();

class Pid {
  constructor(id) {
    this.runtime = 0;
    this.id = id;
    this.occupant = undefined;
  }
}

class Process {
  constructor(pid) {
    this.pid = pid;
    this.kernel = this.parent = this.program = this.exitReason = this.next = this.previous = undefined;
    this.flags = this.handled = this.startedAt = 0;
    this.links = links;
    this.resources = this.mailbox = this.scope = undefined;
  }
}

class Server {
  constructor(process) {
    this.process = process;
    this.module = this.state = this.message = undefined;
  }
}

class Connection {
  constructor(raw, server) {
    this.raw = raw;
    this.server = server;
    this.deadline = this.end = this.chunk = undefined;
    this.flags = this.sent = this.received = this.silentSince = 0;
  }
}

const code = steps(Number(process.argv[2] ?? 0));
let ids = 0;

// The context is made when the code runs, and kept for none that does not.
function onData(data) {
  const scope = owners.run(this.connection.server.process, () => new AsyncResource('floor'));
  scope.runInAsyncScope(this.write, this, data);
}

function onClose() {
  const { pid } = this.connection.server.process;
  children.delete(pid);
  links.delete(this.connection.server.process);
}

const server = createServer({ noDelay: true }, (raw) => {
  const process = new Process(new Pid(++ids));
  process.pid.occupant = process;
  raw.connection = new Connection(raw, new Server(process));
  for (const step of code) step(raw.connection);
  children.set(process.pid, raw.connection);
  links.add(process);
  raw.on('close', onClose);
  raw.on('data', onData);
  raw.on('error', () => {});
});

server.listen(0, '127.0.0.1', () => announce(server.address().port, memoryHeld));
