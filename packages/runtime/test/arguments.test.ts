import {
  Agent,
  agentSpec,
  DynamicSupervisor,
  defineServer,
  EventManager,
  GenServer,
  inspect,
  PartitionSupervisor,
  type Pid,
  pg,
  Registry,
  Runtime,
  type Self,
  Supervisor,
  serverSpec,
  serversSpec,
  Task,
  taskSpec,
} from '../src/index.ts';
import { StateMachine } from '../src/state-machine/index.ts';
import { Puppet } from './support/puppet.ts';
import { TestRuntime } from './support/test-runtime.ts';

/** What a caller in JavaScript may hand over: anything at all. */
// biome-ignore lint/suspicious/noExplicitAny: that is what is tested
type Anything = any;

const idle = defineServer({ init: () => null, name: 'idle' });
const noPid: Anything = { id: 7 };
const noServer: Anything = {};
const children = { child: serversSpec(idle), partitions: 2 };

type FromOutside = [what: string, ask: (runtime: Runtime) => unknown, message: string];

const fromOutside: FromOutside[] = [
  ...[
    ['a server', () => GenServer.start(idle as Anything, 1 as Anything, undefined)],
    ['an agent', () => Agent.start((() => 1) as Anything, undefined as Anything)],
    ['a supervisor', () => Supervisor.start({ children: [] } as Anything, undefined as Anything)],
    ['a registry', () => Registry.start({ keys: 'unique' } as Anything, undefined as Anything)],
    ['a partition supervisor', () => PartitionSupervisor.start(children as Anything, undefined as Anything)],
    ['a machine', () => StateMachine.start({} as Anything, undefined as Anything)],
  ].map(
    ([what, ask]): FromOutside => [
      `${what} without a runtime`,
      ask as () => unknown,
      'the host must be a Runtime or a Self',
    ],
  ),
  [
    'format',
    (runtime) => inspect.format(inspect.tree(runtime, 'a').catch(() => {}) as Anything),
    'not Promise',
  ],
  ['format', () => inspect.format({ children: [] } as Anything, 'yaml' as Anything), "not 'yaml'"],
  ['what shows a runtime', (runtime) => runtime.send(runtime as Anything, 1), 'processes'],
  [
    'a runtime',
    () => new Runtime({ klock: 1 } as Anything),
    "an option of a runtime must be one of clock, not 'klock'",
  ],
  [
    'a runtime',
    () => new Runtime({ clock: {} } as Anything),
    'clock must be an object with now and setAlarm, not {}',
  ],
  ['sendExit', (runtime) => runtime.sendExit(noPid, 'kill'), 'pid must be a pid, not { id: 7 }'],
  ['isAlive', (runtime) => runtime.isAlive(noPid), 'pid must be a pid, not { id: 7 }'],
  ['processInfo', (runtime) => runtime.processInfo(noPid), 'pid must be a pid, not { id: 7 }'],
  ['call', (runtime) => runtime.call('a', 5 as Anything), 'a request must be a string, not 5'],
  ['call', (runtime) => runtime.call('a', 'b', 1, { timeuot: 1 } as Anything), "not 'timeuot'"],
  [
    'call',
    (runtime) => runtime.call('a', 'b', 1, 500 as Anything),
    'the options of a call must be an object, not 500',
  ],
  [
    'call',
    (runtime) => runtime.call('a', 'b', 1, { signal: 1 } as Anything),
    'signal must be an AbortSignal, not 1',
  ],
  ['cast', (runtime) => runtime.cast('a', 5 as Anything), 'a request must be a string, not 5'],
  [
    'a cast to a group',
    (runtime) => pg.cast(runtime, 'a', 5 as Anything),
    'a request must be a string, not 5',
  ],
  [
    'a multi-call',
    (runtime) => GenServer.multiCall(runtime, 5 as Anything, 'a'),
    'servers must be a list of addresses',
  ],
  [
    'a multi-call',
    (runtime) => GenServer.multiCall(runtime, [], 5 as Anything),
    'a request must be a string, not 5',
  ],
  [
    'a server',
    (runtime) => GenServer.start(runtime, noServer, 1),
    'a server must be an object with init(argument, self), not {}',
  ],
  [
    'a server',
    (runtime) => GenServer.start(runtime, { init: 1 } as Anything, 1),
    'init of a server must be a function, not 1',
  ],
  [
    'a server',
    (runtime) => GenServer.start(runtime, idle, undefined, { nmae: 'a' } as Anything),
    "an option of a start must be one of name, timeout, label, debug, not 'nmae'",
  ],
  [
    'a server',
    (runtime) => GenServer.start(runtime, idle, undefined, { label: 5 } as Anything),
    'label must be a string, not 5',
  ],
  [
    'a stop',
    (runtime) => GenServer.stop(runtime, 'a', { timeuot: 1 } as Anything),
    "an option of a stop must be one of reason, timeout, not 'timeuot'",
  ],
  [
    'defineServer',
    () => defineServer({ init: () => 1, handleCall: () => 1 } as Anything),
    'handleCall of a server must be an object with a function for each request',
  ],
  [
    'defineServer',
    () => defineServer({ init: () => 1, handleCast: { add: 1 } } as Anything),
    'handleCast.add must be a function, not 1',
  ],
  [
    'defineServer',
    () => defineServer({ init: () => 1, terminate: true } as Anything),
    'terminate of a server must be a function, not true',
  ],
  [
    'serverSpec',
    () => serverSpec(noServer, 1),
    'a server must be an object with init(argument, self), not {}',
  ],
  [
    'serverSpec',
    () => serverSpec(idle, undefined, { restrat: 'permanent' } as Anything),
    "an option of a child must be one of name, label, id, restart, shutdown, type, significant, not 'restrat'",
  ],
  [
    'serverSpec',
    () => serverSpec(idle, undefined, { restart: 'always' } as Anything),
    "restart of child 'idle' must be permanent, transient, temporary, not 'always'",
  ],
  [
    'serverSpec',
    () => serverSpec(idle, undefined, { name: 5 } as Anything),
    'a name must be a non-empty string, a symbol or a via name, not 5',
  ],
  [
    'serversSpec',
    () => serversSpec(idle, { id: 'a' } as Anything),
    "an option of many children must be one of label, restart, shutdown, type, significant, not 'id'",
  ],
  [
    'an agent',
    (runtime) => Agent.start(runtime, 5 as Anything),
    'the init of an agent must be a function, not 5',
  ],
  ['an agent', (runtime) => Agent.start(runtime, () => 1, { nmae: 'a' } as Anything), "not 'nmae'"],
  ['agentSpec', () => agentSpec(5 as Anything), 'the init of an agent must be a function, not 5'],
  ['a task', (runtime) => Task.start(runtime, 5 as Anything), 'what a task does must be a function, not 5'],
  ['taskSpec', () => taskSpec('a', 5 as Anything), 'what a task does must be a function, not 5'],
  [
    'taskSpec',
    () => taskSpec('a', () => 1, { name: 'b' } as Anything),
    "an option of child 'a' must be one of label, restart, shutdown, type, significant, not 'name'",
  ],
  [
    'a supervisor',
    (runtime) => Supervisor.start(runtime, [serverSpec(idle, undefined)] as Anything),
    'the options of a supervisor must be an object, not [',
  ],
  [
    'a supervisor',
    (runtime) => Supervisor.start(runtime, { children: serverSpec(idle, undefined) } as Anything),
    'children must be a list of child specs, not {',
  ],
  ['a supervisor', (runtime) => Supervisor.start(runtime, {}, { nmae: 'a' } as Anything), "not 'nmae'"],
  [
    'Supervisor.childSpec',
    () => Supervisor.childSpec('a', {}, { nope: 1 } as Anything),
    "an option of child 'a' must be one of name, label, restart, shutdown, significant, not 'nope'",
  ],
  ['Supervisor.childSpec', () => Supervisor.childSpec('a', {}, { type: 'worker' } as Anything), "not 'type'"],
  [
    'DynamicSupervisor.childSpec',
    () => DynamicSupervisor.childSpec('a', {}, { nope: 1 } as Anything),
    "not 'nope'",
  ],
  [
    'a dynamic supervisor',
    (runtime) => DynamicSupervisor.start(runtime, {}, { nmae: 'a' } as Anything),
    "not 'nmae'",
  ],
  [
    'a partition supervisor',
    (runtime) => PartitionSupervisor.start(runtime, children, { nmae: 'a' } as Anything),
    "not 'nmae'",
  ],
  [
    'PartitionSupervisor.childSpec',
    () => PartitionSupervisor.childSpec('a', children, { nope: 1 } as Anything),
    "not 'nope'",
  ],
  [
    'a registry',
    (runtime) => Registry.start(runtime, { keys: 'unique' }, { nmae: 'a' } as Anything),
    "not 'nmae'",
  ],
  [
    'Registry.childSpec',
    () => Registry.childSpec('a', { keys: 'unique' }, { nope: 1 } as Anything),
    "not 'nope'",
  ],
  ['an event manager', (runtime) => EventManager.start(runtime, { nmae: 'a' } as Anything), "not 'nmae'"],
  ['EventManager.childSpec', () => EventManager.childSpec('a', { nope: 1 } as Anything), "not 'nope'"],
];

test.each(fromOutside)('%s refuses what cannot be meant, at once (%#)', async (_what, ask, message) => {
  await using runtime = new TestRuntime();
  await expect((async () => await ask(runtime))()).rejects.toMatchObject({
    code: 'OTP_BAD_ARGUMENT',
    message: expect.stringContaining(message),
  });
  expect(runtime.processCount).toBe(0);
});

type FromInside = [what: string, ask: (self: Self) => unknown, message: string];

const fromInside: FromInside[] = [
  ['link, given a self,', (self) => self.link(self as Anything), 'pid must be a pid, not Self { process: <'],
  ['sendExit', (self) => self.sendExit(noPid, 'kill'), 'pid must be a pid, not { id: 7 }'],
  ['isAlive', (self) => self.isAlive(noPid), 'pid must be a pid, not { id: 7 }'],
  ['unlink', (self) => self.unlink(noPid), 'pid must be a pid, not { id: 7 }'],
  ['endAndWait', (self) => self.endAndWait(noPid, 'kill', 1), 'pid must be a pid, not { id: 7 }'],
  ['cast', (self) => self.cast('a', 5 as Anything), 'a request must be a string, not 5'],
  [
    'sendRequest',
    (self) => GenServer.sendRequest(self, self.pid, 5 as Anything),
    'a request must be a string, not 5',
  ],
  [
    'monitor',
    (self) => self.monitor(self.pid, { tagg: 1 } as Anything),
    "an option of a monitor must be one of alias, tag, not 'tagg'",
  ],
  ['alias', (self) => self.alias({ reply: 1 } as Anything), 'reply must be a boolean, not 1'],
  ['own', (self) => self.own({} as Anything), 'close of a resource must be a function, not undefined'],
  ['setLabel', (self) => self.setLabel(5 as Anything), 'label must be a string, not 5'],
  [
    'sendAfter',
    (self) => self.sendAfter(1, self.pid, 'a', { abs: 1 } as Anything),
    'abs must be a boolean, not 1',
  ],
  ['callAfter', (self) => self.callAfter(1, 5 as Anything), 'callback must be a function, not 5'],
  [
    'receive',
    (self) => self.receive({ timeuot: 1 } as Anything),
    "an option of a receive must be one of match, timeout, not 'timeuot'",
  ],
  ['receive', (self) => self.receive({ match: 1 } as Anything), 'match must be a function, not 1'],
  ['take', (self) => self.take(undefined as Anything), 'matches must be a function, not undefined'],
  ['Task.async', (self) => Task.async(self, 5 as Anything), 'what a task does must be a function, not 5'],
];

test.each(fromInside)('%s refuses what cannot be meant (%#)', async (_what, ask, message) => {
  await using runtime = new TestRuntime();
  const puppet = new Puppet(runtime);
  await expect(puppet.do(ask)).rejects.toMatchObject({
    code: 'OTP_BAD_ARGUMENT',
    message: expect.stringContaining(message),
  });
  expect(runtime.armedTimers).toBe(0);
  expect(runtime.processCount).toBe(1);
});

test('giveAway to what is no process leaves the resource with its owner, open', async () => {
  await using runtime = new TestRuntime();
  const puppet = new Puppet(runtime);
  let closed = 0;
  const resource = { close: () => void closed++ };
  await puppet.do((self) => self.own(resource));
  await expect(puppet.do((self) => self.giveAway(resource, 'a' as unknown as Pid))).rejects.toThrow(
    "pid must be a pid, not 'a'",
  );
  expect(closed).toBe(0);
  runtime.sendExit(puppet.pid, 'kill');
  expect(closed).toBe(1);
});
