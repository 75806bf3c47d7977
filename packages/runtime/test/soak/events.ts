import { type ExitReason, Pid, Supervisor, sys } from '../../src/index.ts';
import type { Question, Taken } from './peer.ts';
import { addressee, SERVICE_HAPPENINGS } from './service-events.ts';
import { branches, fillCrowds } from './tree.ts';
import { tell, type World } from './world.ts';

const REASONS: readonly ExitReason[] = ['normal', 'shutdown', { shutdown: 'enough' }, 'kill', 'tired'];

/** Something that happens to the tree. */
type Happening = (world: World, root: Pid) => void | Promise<void>;

/** A happening, and how many tickets it has in the draw. */
const HAPPENINGS: readonly (readonly [tickets: number, happening: Happening])[] = [
  [10, (world) => world.runtime.sendExit(world.anyPeer(), 'kill')],
  [6, (world) => world.runtime.sendExit(world.anyPeer(), world.random.pick(REASONS))],
  [6, (world) => tell(world, 'crash')],
  [4, (world) => tell(world, 'exit', world.random.pick(REASONS))],
  [4, (world) => tell(world, 'stop', world.random.pick(REASONS))],
  [4, (world) => tell(world, 'idle', world.random.below(20_000))],
  [20, (world) => ask(world)],
  [8, (world) => tell(world, 'link', world.anyPeer())],
  [4, (world) => tell(world, 'helper', world.random.below(30_000))],
  [8, (world) => tell(world, 'monitor', world.anyPeer())],
  [2, (world) => tell(world, 'demonitor')],
  [6, (world) => setTimer(world)],
  [4, (world) => rename(world)],
  [3, unlinkSome],
  [2, suspendFor],
  [2, failSomeStarts],
  [2, exhaust],
  [3, administrate],
  [2, killSupervisor],
  [6, (world, root) => fillCrowds(world, root, 3)],
  ...SERVICE_HAPPENINGS,
];
const TICKETS = HAPPENINGS.reduce((sum, [tickets]) => sum + tickets, 0);

/** Lets something happen, by lot. */
export function happen(world: World, root: Pid): void | Promise<void> {
  let ticket = world.random.below(TICKETS);
  for (const [tickets, happening] of HAPPENINGS) {
    if (ticket < tickets) return happening(world, root);
    ticket -= tickets;
  }
}

function ask(world: World): void {
  const { random } = world;
  const question: Question = {
    to: addressee(world),
    request: random.pick(['echo', 'slow', 'later']),
    takesMs: random.below(12_000),
    timeout: random.next() < 0.2 ? 'infinity' : random.below(10_000),
    careless: random.next() < 0.2,
  };
  const caller = world.anyPeer();
  world.runtime.cast(caller, 'ask', question);
  // Sometimes both ask each other, which only a timeout can end.
  if (question.to instanceof Pid && random.next() < 0.3) {
    world.runtime.cast(question.to, 'ask', { ...question, to: caller });
  }
}

function setTimer(world: World): void {
  const { random } = world;
  const to = random.next() < 0.3 ? world.anyName() : world.anyPeer();
  const taken = random.pick<Taken>(['not', 'not', 'not', 'not', 'now', 'async', 'silent']);
  tell(world, 'timer', { delayMs: random.below(3_600_000), to, taken });
}

function rename(world: World): void {
  const pid = world.runtime.whereis(world.anyName());
  if (pid !== undefined)
    world.runtime.cast(pid, 'rename', `${world.peers.get(pid)?.split('+')[0]}+${world.now}`);
}

function unlinkSome(world: World): void {
  for (const [one, other] of world.links.slice(0, 3)) world.runtime.cast(one, 'unlink', other);
}

function note(world: World, what: string, promise: Promise<unknown>): void {
  promise.then(
    () => world.trace.add(what, 'done'),
    (error) => world.trace.add(what, String(error.code)),
  );
}

function suspendFor(world: World): void {
  const pid = world.anyPeer();
  note(world, 'suspend', sys.suspend(world.runtime, pid));
  const resumer = world.runtime.spawn(async (self) => {
    await self.sleep(20_000);
    note(world, 'resume', sys.resume(world.runtime, pid));
  });
  world.helpers.set(resumer, world.now + 20_000);
}

function failSomeStarts(world: World): void {
  world.failingStarts = 1 + world.random.below(2);
  world.runtime.sendExit(world.anyPeer(), 'kill');
}

/** Kills a child again and again, until its supervisor has had enough. */
async function exhaust(world: World): Promise<void> {
  const name = world.anyName();
  for (let round = 0; round < 5; round++) {
    const pid = world.runtime.whereis(name);
    if (pid !== undefined) world.runtime.sendExit(pid, 'kill');
    await world.runtime.settle();
  }
}

function administrate(world: World, root: Pid): void {
  const { runtime, random } = world;
  const { pid, children } = random.pick(branches(root).filter(({ strategy }) => strategy !== 'dynamic'));
  if (pid === root || children.length === 0) return;
  const { id } = random.pick(children);
  note(world, 'terminateChild', Supervisor.terminateChild(runtime, pid, id));
  const next = random.pick(['restartChild', 'restartChild', 'deleteChild', undefined] as const);
  if (next !== undefined) note(world, next, Supervisor[next](runtime, pid, id));
}

function killSupervisor(world: World, root: Pid): void {
  const { pid } = world.random.pick(branches(root));
  if (pid !== root) world.runtime.sendExit(pid, world.random.pick(['kill', 'tired']));
}
