import type { Member } from './incarnation.ts';
import type { Scenario } from './scenario.ts';
import { doStep, lookAtAll, showStep } from './steps.ts';
import { canonicalLines } from './trace.ts';
import { startRoot } from './tree.ts';
import { type Pace, World } from './world.ts';

/** Plays a scenario on this runtime; the lines of its trace are those that OTP's would have. */
export async function play(scenario: Scenario, pace: Pace = 'sync'): Promise<string[]> {
  const world = await World.open(pace);
  try {
    await takeSteps(world, scenario);
    return canonicalLines(world.events, world.stoppedAlone);
  } finally {
    await world.close();
  }
}

async function takeSteps(world: World, { sup, script, snap = 'end' }: Scenario): Promise<void> {
  await takeStep(world, 'start', async () => showRoot(world, await startRoot(world, sup)));
  if (snap === 'each') await lookAtAll(world);
  for (const step of script) {
    if (world.live('/') === undefined) break;
    await takeStep(world, showStep(world, step), () => doStep(world, step));
    if (snap === 'each') await lookAtAll(world);
  }
  const root = world.live('/');
  if (root === undefined) {
    world.events.push({ kind: 'mark', text: 'root is dead' });
    return;
  }
  if (snap === 'end') await lookAtAll(world);
  await takeStep(world, 'shutdown', () => shutDown(world, root));
}

/** Does one step, and waits until all that follows from it has happened too. */
async function takeStep(world: World, text: string, act: () => Promise<string>): Promise<void> {
  world.events.push({ kind: 'step', text });
  const result = act();
  let isSettled = false;
  const settled = (): void => {
    isSettled = true;
  };
  result.then(settled, settled);
  await world.rest(() => isSettled);
  world.events.push({ kind: 'result', text: await result });
}

function shutDown(world: World, { pid }: Member): Promise<string> {
  const ended = world.runtime.ended(pid);
  world.driver.sendExit(pid, 'shutdown');
  return ended.then((reason) => world.show(reason));
}

function showRoot(world: World, result: Awaited<ReturnType<typeof startRoot>>): string {
  if (result.kind === 'ok') return `{ok,${world.show(result.pid)}}`;
  return result.kind === 'error' ? `{error,${world.show(result.reason)}}` : 'ignore';
}
