// The works on the minimal core: what they could cost at the least.
import { Call, call, Exit, exit, link, send, spawn as start } from './minimal-core.mjs';
import { signal, verify } from './signal.mjs';
import { castsPerCall, fanoutReceivers, fanSenders, killsPerSupervisor, ringSize } from './sizes.mjs';

const stay = (state) => state;

async function spawn(count) {
  const { done, resolve } = signal();
  const child = (state, _message, self) => {
    exit(self, 'normal');
    return state;
  };
  const parent = start((left, message, self) => {
    if (message instanceof Exit) verify('the exit reason', message.reason, 'normal');
    if (left === 0) {
      resolve();
      exit(self, 'normal');
      return 0;
    }
    const process = start(child, 0);
    link(self, process);
    send(process, 'start');
    return left - 1;
  }, count);
  parent.trapsExit = true;
  send(parent, 'start');
  await done;
}

async function pingpong(count) {
  const { done, resolve } = signal();
  const pong = start((state, from, self) => {
    send(from, self);
    return state;
  }, 0);
  const ping = start((left, from, self) => {
    if (left === 0) resolve();
    else send(from, self);
    return left - 1;
  }, count / 2);
  send(ping, pong);
  await done;
  endAll([ping, pong]);
}

async function ring(count) {
  const { done, resolve } = signal();
  const node = (next, hopsLeft) => {
    if (hopsLeft === 0) resolve();
    else send(next, hopsLeft - 1);
    return next;
  };
  const processes = Array.from({ length: ringSize }, () => start(node, null));
  processes.forEach((process, index) => {
    process.state = processes[(index + 1) % ringSize];
  });
  send(processes[0], count);
  await done;
  endAll(processes);
}

function server() {
  return start((state, message) => {
    if (!(message instanceof Call)) return state + 1;
    if (message.request === 'getLater') void answerLater(message, state);
    else message.resolve(state);
    return state;
  }, 0);
}

async function answerLater(message, state) {
  await null;
  message.resolve(state);
}

async function calls(request, count) {
  const process = server();
  for (let i = 0; i < count; i++) verify('the answer', await call(process, request), 0);
  exit(process, 'normal');
}

async function cast(count) {
  const process = server();
  for (let sent = 0; sent < count; ) {
    for (let i = 0; i < castsPerCall; i++) send(process, 'increase');
    sent += castsPerCall;
    verify('casts', await call(process, 'get'), sent);
  }
  exit(process, 'normal');
}

async function fanin(count) {
  const { done, resolve } = signal();
  const receiver = start((left) => {
    if (left === 1) resolve();
    return left - 1;
  }, count);
  const each = count / fanSenders;
  const sender = (state, _start, self) => {
    for (let i = 0; i < each; i++) send(receiver, 'message');
    exit(self, 'normal');
    return state;
  };
  for (let i = 0; i < fanSenders; i++) send(start(sender, 0), 'start');
  await done;
  exit(receiver, 'normal');
}

async function fanout(count) {
  const { done, resolve } = signal();
  let receiversLeft = fanoutReceivers;
  const receiver = (left, _message, self) => {
    if (left === 1) {
      if (--receiversLeft === 0) resolve();
      exit(self, 'normal');
    } else if (self === last) send(sender, 'more');
    return left - 1;
  };
  const each = count / fanoutReceivers;
  const processes = Array.from({ length: fanoutReceivers }, () => start(receiver, each));
  const last = processes.at(-1);
  const sender = start((state) => {
    for (const process of processes) send(process, 'message');
    return state;
  }, 0);
  send(sender, 'more');
  await done;
  exit(sender, 'normal');
}

async function restart(count) {
  for (let left = count; left > 0; left -= killsPerSupervisor) {
    await killAndRestart(Math.min(left, killsPerSupervisor));
  }
}

async function killAndRestart(count) {
  const { done, resolve } = signal();
  const driver = start((left, child) => {
    if (left === 0) resolve();
    else exit(child, 'kill');
    return left - 1;
  }, count);
  const supervisor = start((state, _exit, self) => {
    const child = start(stay, 0);
    link(self, child);
    send(driver, child);
    return state;
  }, 0);
  supervisor.trapsExit = true;
  send(supervisor, 'start');
  await done;
  exit(supervisor, 'shutdown');
  exit(driver, 'normal');
}

async function supervisor100k(count) {
  const supervisor = start((children, message, self) => {
    const child = start(stay, 0);
    link(self, child);
    message.resolve(child);
    return children + 1;
  }, 0);
  for (let i = 0; i < count; i++) await call(supervisor, 'startChild');
  verify('children', supervisor.state, count);
  exit(supervisor, 'shutdown');
}

/** The table keeps them alive. */
function processMemory(count) {
  for (let i = 0; i < count; i++) start(stay, 0);
}

function endAll(processes) {
  for (const process of processes) exit(process, 'kill');
}

export const works = {
  spawn,
  pingpong,
  ring,
  call: (count) => calls('get', count),
  'async-call': (count) => calls('getLater', count),
  cast,
  fanin,
  fanout,
  restart,
  'supervisor-100k': supervisor100k,
  'process-memory': processMemory,
};
