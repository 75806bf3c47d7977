import { type Pid, sys } from '@thousand-island/runtime';
import type { Member } from './incarnation.ts';
import { lookAt, request } from './request.ts';
import type { Outcome, Reason, Step } from './scenario.ts';
import type { World } from './world.ts';

/** Does what a step says and answers its result, in OTP's words. */
export async function doStep(world: World, step: Step): Promise<string> {
  const [name, subject, parameter] = step;
  switch (name) {
    case 'exit':
    case 'stop':
    case 'raise':
    case 'unlink':
      return tell(world, step);
    case 'pexit': {
      const root = world.live('/') as Member;
      world.driver.sendExit(root.pid, subject as Reason);
      return 'true';
    }
    case 'starts':
      world.plan.set(subject as string, parameter as Outcome[]);
      return 'ok';
    case 'snap':
      await lookAtAll(world);
      return 'ok';
    case 'age':
      return withLive(world, subject, ({ pid }) => age(world, pid, parameter as number));
    case 'queued':
      return withLive(world, subject, (supervisor) => queue(world, supervisor, parameter as Step[]));
    default:
      return withLive(world, subject, (supervisor) => request(world, supervisor, step));
  }
}

/** Notes what every live supervisor says of its children. */
export async function lookAtAll(world: World): Promise<void> {
  const supervisors = world.population
    .members()
    .filter(({ incarnation, pid }) => incarnation.kind !== 'worker' && world.runtime.isAlive(pid))
    .sort((one, other) => (one.incarnation.key < other.incarnation.key ? -1 : 1));
  for (const supervisor of supervisors) {
    const text = `${supervisor.incarnation.key} ${await lookAt(world, supervisor)}`;
    world.events.push({ kind: 'look', text });
  }
}

/** What a step is called in a trace. */
export function showStep(world: World, step: readonly unknown[]): string {
  return step.map((word) => showWord(world, word)).join(' ');
}

function showWord(world: World, word: unknown): string {
  if (Array.isArray(word))
    return `[${word.map((item) => (Array.isArray(item) ? showStep(world, item) : showWord(world, item))).join('; ')}]`;
  if (typeof word !== 'object' || word === null) return String(word);
  if ('id' in word) return `{${String(word.id)}}`;
  return 'shutdown' in word && Object.keys(word).length === 1 ? world.show(word) : '{}';
}

function withLive(world: World, key: unknown, act: (member: Member) => Promise<string>): Promise<string> {
  const member = world.live(key as string);
  return member === undefined ? Promise.resolve('noproc') : act(member);
}

/** Does something to one process, which has not happened yet when this returns. */
function tell(world: World, [name, key, reason]: Step): string {
  const member = world.live(key as string);
  if (member === undefined) return 'noproc';
  // A signal has a sender: here one that the supervisors have never heard of.
  if (name === 'exit') world.runtime.spawn((stranger) => stranger.sendExit(member.pid, reason as Reason));
  else world.runtime.cast(member.pid, name, reason);
  return 'true';
}

/** Makes the restarts that a supervisor remembers older: time passes for its window alone. */
async function age(world: World, supervisor: Pid, seconds: number): Promise<string> {
  await sys.replaceState(world.runtime, supervisor, (state) => {
    const { budget } = state as { budget: { recent: readonly number[] } };
    // OTP counts whole seconds. The few ms that hanging children have taken must not tip the scales.
    budget.recent = budget.recent.map((then) => Math.ceil(then / 1_000) * 1_000 - seconds * 1_000);
    return state;
  });
  return 'ok';
}

/** Lets everything wait in the supervisor's mailbox, in this order, before it handles the first of it. */
async function queue(world: World, supervisor: Member, steps: readonly Step[]): Promise<string> {
  await sys.suspend(world.runtime, supervisor.pid);
  const results: (string | Promise<string>)[] = [];
  for (const step of steps) {
    if (!['exit', 'stop', 'raise'].includes(step[0])) {
      results.push(request(world, supervisor, step));
      continue;
    }
    results.push(tell(world, step));
    await world.rest();
  }
  await sys.resume(world.runtime, supervisor.pid);
  return `[${(await Promise.all(results)).join(', ')}]`;
}
