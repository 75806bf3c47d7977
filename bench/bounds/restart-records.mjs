// What a supervised restart can be at most, as a share of what the minimal core makes of it: the same core, and a supervisor
// that keeps what a supervisor has to know, and starts what a server is. It finds the child by its pid, counts the restart
// in its window, remembers when and why the child has ended, calls `init`, and answers what came of the start; a process is
// its record, its pid, its `self` and its program, and stands in a table that tells who is older. No reports, no strategies,
// no exact order of signals, no start that may have to wait, no name, no context, nothing to be inspected.
import { exit, link, send, spawn } from '../actors/minimal-core.mjs';
import { signal } from '../actors/signal.mjs';
import { median } from '../statistics.mjs';

const kills = 500;
const supervisors = 1_000;
const rounds = 5;
const intensity = 100_000;
const periodMs = 1_000;

const stay = (state) => state;
let lastPid = 0;

class Pid {
  constructor(occupant) {
    this.runtime = 0;
    this.id = ++lastPid;
    this.occupant = occupant;
  }
}

class Self {
  constructor(process) {
    this.process = process;
  }
}

class Program {
  constructor(self, module, argument) {
    this.self = self;
    this.module = module;
    this.state = argument;
    this.message = this.special = undefined;
    this.phase = 'starting';
  }
}

class Child {
  constructor(spec) {
    this.spec = spec;
    this.pid = this.lastExit = undefined;
    this.status = 'notRunning';
    this.restarts = 0;
  }
}

const table = { first: undefined, last: undefined };

function enter(process) {
  process.previous = table.last;
  process.next = undefined;
  if (table.last === undefined) table.first = process;
  else table.last.next = process;
  table.last = process;
}

function leave({ previous, next }) {
  if (previous === undefined) table.first = next;
  else previous.next = next;
  if (next === undefined) table.last = previous;
  else next.previous = previous;
}

function startServer(supervisor, module, argument) {
  const process = spawn(stay, 0);
  process.pid = new Pid(process);
  process.startedAt = Math.floor(performance.now());
  enter(process);
  link(supervisor, process);
  process.program = new Program(new Self(process), module, argument);
  process.program.state = module.init(argument, process.program.self);
  process.program.phase = 'ready';
  return { kind: 'ok', pid: process.pid };
}

function withRecords(driver) {
  const server = { init: (to, self) => send(to, self.process) };
  const spec = { id: 'child', restart: 'permanent', start: (self) => startServer(self, server, driver) };
  const byPid = new Map();
  const children = new Map([[spec.id, new Child(spec)]]);
  const times = [];
  let from = 0;
  return (state, message, self) => {
    let child = children.get('child');
    if (message !== 'start') {
      const now = performance.now();
      leave(message.from);
      child = byPid.get(message.from.pid);
      child.lastExit = { at: now, reason: message.reason };
      times.push(now);
      while (now - times[from] > periodMs) from++;
      if (times.length - from > intensity) return state;
      child.restarts++;
      byPid.delete(child.pid);
    }
    const started = child.spec.start(self);
    child.pid = started.pid;
    child.status = 'running';
    byPid.set(started.pid, child);
    return state;
  };
}

function withoutRecords(driver) {
  return (state, _message, self) => {
    const child = spawn(stay, 0);
    link(self, child);
    send(driver, child);
    return state;
  };
}

async function killAndRestart(handlerOf) {
  const { done, resolve } = signal();
  const driver = spawn((left, child) => {
    if (left === 0) resolve();
    else exit(child, 'kill');
    return left - 1;
  }, kills);
  const supervisor = spawn(handlerOf(driver), 0);
  supervisor.trapsExit = true;
  send(supervisor, 'start');
  await done;
  exit(supervisor, 'shutdown');
  exit(driver, 'normal');
}

async function restartsPerSecond(handlerOf) {
  const from = performance.now();
  for (let i = 0; i < supervisors; i++) await killAndRestart(handlerOf);
  return (supervisors * kills * 1_000) / (performance.now() - from);
}

const rates = { minimal: [], records: [] };
for (let round = 0; round <= rounds; round++) {
  const minimal = await restartsPerSecond(withoutRecords);
  const records = await restartsPerSecond(withRecords);
  // The first one warms up.
  if (round === 0) continue;
  rates.minimal.push(minimal);
  rates.records.push(records);
}
const [minimal, records] = [median(rates.minimal), median(rates.records)];
console.log(JSON.stringify({ unit: 'restarts/s', minimal, records, ratio: records / minimal }));
