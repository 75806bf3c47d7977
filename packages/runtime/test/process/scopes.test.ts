import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ExitMessage, type Pid, type Self } from '../../src/index.ts';
import { processOf } from '../../src/process/process.ts';
import { SCOPES_KEPT } from '../../src/process/scopes.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const broken = new Error('thrown where nobody catches it');

function fail(): never {
  throw broken;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** As many processes as there are places, each of which has run. */
async function crowd(runtime: TestRuntime): Promise<void> {
  let ran = 0;
  for (let each = 0; each < SCOPES_KEPT; each++)
    runtime.spawn((self) => {
      ran++;
      return self.receive();
    });
  while (ran < SCOPES_KEPT) await settle();
}

/** A process that begins something when it is told to, and then waits for ever. */
function beginner(parent: Puppet, begin: () => void): Promise<Pid> {
  return parent.do((self) =>
    self.spawnLink(async (own: Self) => {
      await own.receive();
      begin();
      await own.receive();
    }),
  );
}

describe('the context of a process that has not run for long', () => {
  test('is kept until as many others have run as may keep theirs', async () => {
    await using runtime = new TestRuntime();
    const release = runtime.contain();
    const process = processOf(runtime.spawn((self) => self.receive()));
    await settle();
    const before = process?.scope;
    expect(process?.scope).toBe(before);
    await crowd(runtime);
    expect(process?.scope).not.toBe(before);
    release();
  });

  test('is made anew, so that what it begins then is traced to it', async () => {
    await using runtime = new TestRuntime();
    const release = runtime.contain();
    const parent = await Puppet.trapping(runtime);
    const child = await beginner(parent, () => void setImmediate(fail));
    await crowd(runtime);
    runtime.send(child, 'begin');
    await settle();
    release();
    expect(parent.seen).toEqual([new ExitMessage(child, broken)]);
  });

  test('lives on in what it has begun before', async () => {
    await using runtime = new TestRuntime();
    const release = runtime.contain();
    const parent = await Puppet.trapping(runtime);
    let resolve = (): void => {};
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    const child = await beginner(parent, () => void promise.then(() => setImmediate(fail)));
    runtime.send(child, 'begin');
    await crowd(runtime);
    resolve();
    await settle();
    release();
    expect(parent.seen).toEqual([new ExitMessage(child, broken)]);
  });
});

test('a process that has ended is kept by no context', async () => {
  await using runtime = new TestRuntime();
  const release = runtime.contain();
  const pid = runtime.spawn((self) => self.receive());
  await settle();
  const process = new WeakRef(processOf(pid) as object);
  runtime.sendExit(pid, 'kill');
  await settle();
  collectGarbage();
  expect(process.deref()).toBeUndefined();
  release();
});
