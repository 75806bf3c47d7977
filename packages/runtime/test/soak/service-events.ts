import { type Address, type Pid, Registry, Task } from '../../src/index.ts';
import { StateMachine } from '../../src/state-machine/index.ts';
import type { Errand, TaskErrand } from './errands.ts';
import { light } from './light.ts';
import { SERVICES } from './services.ts';
import { tell, type World } from './world.ts';

const KEYS = 40;
const TOPICS = 12;
const LIGHT_EVENTS = ['hurry', 'hurry', 'wait', 'remind', 'update', 'push', 'pop', 'crash'] as const;
/** A registry takes its owners along, so that it is not killed every minute. */
const SELDOM = 40;

type Happening = (world: World) => void;

/** What happens to the services, and to the peers by way of them; with tickets, as what happens to the tree. */
export const SERVICE_HAPPENINGS: readonly (readonly [tickets: number, happening: Happening])[] = [
  [6, (world) => send(world, 'enroll', place(world))],
  [3, (world) => send(world, 'resign', place(world))],
  [3, dispatch],
  [6, (world) => send(world, 'askByAlias', aliasQuestion(world))],
  [
    6,
    (world) =>
      send(world, 'request', {
        to: addressee(world),
        request: world.random.pick(['echo', 'slow', 'later']),
        takesMs: world.random.below(12_000),
      }),
  ],
  [8, (world) => send(world, 'task', taskErrand(world))],
  [2, stream],
  [8, (world) => changeLight(world)],
  [1, (world) => kill(world, world.random.pick(SERVICES.lights))],
  [1, (world) => kill(world, SERVICES.tasks)],
  [
    1,
    (world) =>
      world.random.below(SELDOM) === 0 && kill(world, world.random.pick([SERVICES.keys, SERVICES.topics])),
  ],
];

/** Somebody to be asked: by pid, by name, or by a key that perhaps nobody has. */
export function addressee(world: World): Address {
  const chance = world.random.next();
  if (chance < 0.4) return world.anyName();
  return chance < 0.6 ? Registry.via(SERVICES.keys, keyOf(world)) : world.anyPeer();
}

/** A key of the registry of unique keys. */
export function keyOf({ random }: World): string {
  return `key-${random.below(KEYS)}`;
}

/** Has a peer, by lot, do an errand. */
function send(world: World, kind: Errand['kind'], payload: unknown): void {
  tell(world, 'errand', { kind, payload });
}

function place(world: World): { registry: string; key: string } {
  if (world.random.next() < 0.5) return { registry: SERVICES.keys, key: keyOf(world) };
  return { registry: SERVICES.topics, key: `topic-${world.random.below(TOPICS)}` };
}

function dispatch({ runtime, random, trace }: World): void {
  if (runtime.whereis(SERVICES.topics) === undefined) return;
  Registry.dispatch(runtime, SERVICES.topics, `topic-${random.below(TOPICS)}`, (entries) => {
    trace.add('dispatched', `${entries.map(({ pid }) => pid)}`);
    for (const { pid } of entries) runtime.send(pid, 'news');
  });
}

function aliasQuestion(world: World): { to: Pid; takesMs: number; givesUpMs: number } {
  const [takesMs, givesUpMs] = [world.random.below(20_000), world.random.below(20_000)];
  return { to: world.anyPeer(), takesMs, givesUpMs };
}

function taskErrand({ random }: World): TaskErrand {
  return {
    how: random.pick(['await', 'yield', 'shutdown', 'ignore', 'deliver']),
    where: random.pick(['own', 'supervised', 'noLink']),
    takesMs: random.below(10_000),
    timeout: random.below(10_000),
    fails: random.next() < 0.2,
  };
}

/** A script whose tasks may outlast their time, and which may be ended in the middle: none of them may outlive it. */
function stream(world: World): void {
  const { runtime, random, trace } = world;
  const options = {
    maxConcurrency: 1 + random.below(4),
    ordered: random.next() < 0.5,
    timeout: 1_000 + random.below(4_000),
    onTimeout: 'killTask',
  } as const;
  const input = Array.from({ length: 8 }, () => random.below(6_000));
  const consumer = runtime.spawn(async (self) => {
    self.trapExit(true);
    const kinds: string[] = [];
    for await (const { kind } of Task.asyncStream(self, input, (ms, own) => own.sleep(ms), options))
      kinds.push(kind);
    trace.add('streamed', `${self.pid} ${kinds}`);
  });
  world.helpers.set(consumer, world.now + 60_000);
  if (random.next() > 0.3) return;
  const killer = runtime.spawn(async (self) => {
    await self.sleep(5_000);
    self.sendExit(consumer, 'kill');
  });
  world.helpers.set(killer, world.now + 5_000);
}

function changeLight({ runtime, random, trace }: World): void {
  const name = random.pick(SERVICES.lights);
  const pid = runtime.whereis(name);
  if (pid === undefined) return;
  runtime.send(pid, { type: random.pick(LIGHT_EVENTS) });
  StateMachine.ref(runtime, light, pid)
    .ask({ type: 'read' })
    .then(
      (changes) => trace.add('light', `${name} ${changes}`),
      (error) => trace.add('dark', `${name} ${error.code}`),
    );
}

function kill({ runtime }: World, name: string): void {
  const pid = runtime.whereis(name);
  if (pid !== undefined) runtime.sendExit(pid, 'kill');
}
