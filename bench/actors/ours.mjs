// Ours: the runtime as somebody who uses it would write these works, through its public door alone.
import {
  DynamicSupervisor,
  defineServer,
  GenServer,
  Runtime,
  reply,
  Supervisor,
  serverSpec,
  serversSpec,
} from '@thousand-island/runtime';
import { signal, verify } from './signal.mjs';
import { castsPerCall, fanoutReceivers, fanSenders, killsPerSupervisor, ringSize } from './sizes.mjs';

const runtime = new Runtime();

const counter = defineServer({
  init: () => ({ count: 0 }),
  handleCall: {
    get: (_payload, _from, state) => reply(state.count),
    async getLater(_payload, _from, state) {
      await null;
      return reply(state.count);
    },
  },
  handleCast: {
    increase(_payload, state) {
      state.count++;
    },
  },
});

/** Runs the body inside a process, and answers what it answers. */
async function inside(body) {
  const { done, resolve } = signal();
  runtime.spawn(async (self) => resolve(await body(self)));
  return done;
}

async function spawn(count) {
  const { done, resolve } = signal();
  const child = () => {};
  let left = count;
  runtime.send(
    runtime.spawn({
      receive(message, self) {
        if (message === 'start') self.trapExit(true);
        else verify('the exit reason', message.reason, 'normal');
        if (left-- === 0) {
          resolve();
          self.exit('normal');
        }
        self.spawnLink(child);
      },
    }),
    'start',
  );
  await done;
}

async function pingpong(count) {
  const { done, resolve } = signal();
  let left = count / 2;
  const pong = runtime.spawn({ receive: (from, self) => self.send(from, self.pid) });
  const ping = runtime.spawn({
    receive(from, self) {
      if (left-- === 0) resolve();
      else self.send(from, self.pid);
    },
  });
  runtime.send(ping, pong);
  await done;
  endAll([ping, pong]);
}

class RingNode {
  next;
  #onEnd;

  constructor(onEnd) {
    this.#onEnd = onEnd;
  }

  receive(hopsLeft, self) {
    if (hopsLeft === 0) this.#onEnd();
    else self.send(this.next, hopsLeft - 1);
  }
}

async function ring(count) {
  const { done, resolve } = signal();
  const nodes = Array.from({ length: ringSize }, () => new RingNode(resolve));
  const pids = nodes.map((node) => runtime.spawn(node));
  nodes.forEach((node, index) => {
    node.next = pids[(index + 1) % ringSize];
  });
  runtime.send(pids[0], count);
  await done;
  endAll(pids);
}

async function calls(request, count) {
  const server = await GenServer.start(runtime, counter, undefined);
  await inside(async (self) => {
    for (let i = 0; i < count; i++) verify('the answer', await self.call(server.pid, request), 0);
  });
  await server.stop();
}

async function cast(count) {
  const server = await GenServer.start(runtime, counter, undefined);
  await inside(async (self) => {
    for (let sent = 0; sent < count; ) {
      for (let i = 0; i < castsPerCall; i++) self.cast(server.pid, 'increase');
      sent += castsPerCall;
      verify('casts', await self.call(server.pid, 'get'), sent);
    }
  });
  await server.stop();
}

async function fanin(count) {
  const { done, resolve } = signal();
  let left = count;
  const receiver = runtime.spawn({
    receive() {
      if (--left === 0) resolve();
    },
  });
  const each = count / fanSenders;
  for (let sender = 0; sender < fanSenders; sender++) {
    runtime.spawn((self) => {
      for (let i = 0; i < each; i++) self.send(receiver, 'message');
    });
  }
  await done;
  endAll([receiver]);
}

class FanoutReceiver {
  #left;
  #onMessage;
  #onEnd;

  constructor(count, onMessage, onEnd) {
    this.#left = count;
    this.#onMessage = onMessage;
    this.#onEnd = onEnd;
  }

  receive(_message, self) {
    if (--this.#left === 0) {
      this.#onEnd();
      self.exit('normal');
    }
    this.#onMessage?.(self);
  }
}

async function fanout(count) {
  const { done, resolve } = signal();
  const each = count / fanoutReceivers;
  let receiversLeft = fanoutReceivers;
  const onEnd = () => {
    if (--receiversLeft === 0) resolve();
  };
  const sender = runtime.spawn({
    receive(_more, self) {
      for (const pid of pids) self.send(pid, 'message');
    },
  });
  // The last of them asks for the next round, so that no mailbox grows.
  const askForMore = (self) => self.send(sender, 'more');
  const pids = Array.from({ length: fanoutReceivers }, (_, index) =>
    runtime.spawn(new FanoutReceiver(each, index === fanoutReceivers - 1 ? askForMore : undefined, onEnd)),
  );
  runtime.send(sender, 'more');
  await done;
  endAll([sender]);
}

const reporting = defineServer({
  name: 'reporting',
  init: (driver, self) => {
    self.send(driver, self.pid);
    return 0;
  },
});

async function restart(count) {
  for (let left = count; left > 0; left -= killsPerSupervisor) {
    await killAndRestart(Math.min(left, killsPerSupervisor));
  }
}

async function killAndRestart(count) {
  const { done, resolve } = signal();
  let left = count;
  const driver = runtime.spawn({
    receive(child, self) {
      if (left-- === 0) resolve();
      else self.sendExit(child, 'kill');
    },
  });
  const children = [serverSpec(reporting, driver)];
  const supervisor = await Supervisor.start(runtime, { children, intensity: 100_000, period: 1 });
  await done;
  endAll([driver]);
  await Supervisor.stop(runtime, supervisor);
}

async function supervisor100k(count) {
  const child = serversSpec(counter, { restart: 'temporary' });
  const supervisor = await DynamicSupervisor.start(runtime);
  await inside(async (self) => {
    for (let i = 0; i < count; i++) await DynamicSupervisor.startChild(self, supervisor, child);
  });
  verify('children', (await DynamicSupervisor.countChildren(runtime, supervisor)).active, count);
  await DynamicSupervisor.stop(runtime, supervisor);
}

/** Servers that have started and wait; the runtime's own table keeps them alive. */
async function processMemory(count) {
  for (let i = 0; i < count; i++) await GenServer.start(runtime, counter, undefined);
  verify('processes', runtime.processCount, count);
}

function endAll(pids) {
  for (const pid of pids) runtime.sendExit(pid, 'kill');
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
