import { type AsyncTask, ExitMessage, type Self, Task, TaskMessage } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const broken = new Error('broken');
const value = () => 'value';
const failing = () => Promise.reject(broken);
const stubborn = (self: Self) => {
  self.trapExit(true);
  return new Promise<never>(() => {});
};
const idle = () => new Promise<string>(() => {});

/** An owner that traps exits, and its task. */
async function open<Value>(runtime: TestRuntime, code: (self: Self) => Value | Promise<Value>) {
  const owner = await Puppet.trapping(runtime);
  const task = await owner.do((self) => Task.async(self, code));
  await settle();
  return { owner, task };
}

function expectNothingLeft(runtime: TestRuntime, owner: Puppet, task: AsyncTask<unknown>): void {
  expect(runtime.isAlive(task.pid)).toBe(false);
  expect(runtime.processInfo(owner.pid)).toMatchObject({ links: [], monitors: [] });
  expect(runtime.armedTimers).toBe(0);
}

describe('await', () => {
  test('gives the value once; who asks again waits for what never comes [T-08]', async () => {
    await using runtime = new TestRuntime();
    const { owner, task } = await open(runtime, value);
    await expect(owner.do((self) => task.await(self))).resolves.toBe('value');
    const again = owner.do((self) => task.await(self)).catch((error: { code: string }) => error.code);
    await runtime.clock.advance(5_000);
    expect(await again).toBe('OTP_TIMEOUT');
  });
});

describe('yield', () => {
  test.each([
    ['a value', value, { kind: 'ok', value: 'value' }],
    ['a failure', failing, { kind: 'exit', reason: broken }],
  ])('answers with %s that is there already [T-09, T-10]', async (_what, code, result) => {
    await using runtime = new TestRuntime();
    const { owner, task } = await open<string>(runtime, code);
    await expect(owner.do((self) => task.yield(self))).resolves.toEqual(result);
    expectNothingLeft(runtime, owner, task);
  });

  test('answers with nothing when the time is up, and can be asked again [T-09]', async () => {
    await using runtime = new TestRuntime();
    const { owner, task } = await open(runtime, (self) => self.sleep(100).then(value));
    await expect(owner.do((self) => task.yield(self, { timeout: 0 }))).resolves.toBeUndefined();
    const first = owner.do((self) => task.yield(self, { timeout: 99 }));
    await runtime.clock.advance(99);
    expect(await first).toBeUndefined();
    const second = owner.do((self) => task.yield(self, { timeout: 'infinity' }));
    await runtime.clock.advance(1);
    expect(await second).toEqual({ kind: 'ok', value: 'value' });
    expectNothingLeft(runtime, owner, task);
  });
});

test.each<[string, (task: AsyncTask<string>, self: Self) => Promise<unknown>]>([
  ['awaited', (task, self) => task.await(self)],
  ['yielded', (task, self) => task.yield(self)],
  ['shut down', (task, self) => task.shutdown(self)],
  ['ignored', async (task, self) => task.ignore(self)],
  ['delivered', async (task, self) => task.deliver(self)],
  ['awaited among others', (task, self) => Task.awaitMany(self, [task])],
  ['yielded among others', (task, self) => Task.yieldMany(self, [task])],
])('a task cannot be %s by who does not own it [T-07]', async (_how, ask) => {
  await using runtime = new TestRuntime();
  const { task } = await open(runtime, idle);
  const stranger = new Puppet(runtime);
  await expect(stranger.do((self) => ask(task, self))).rejects.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
  expect(runtime.isAlive(task.pid)).toBe(true);
});

describe('shutdown', () => {
  test.each<[string, (self: Self) => string | Promise<string>, unknown]>([
    ['is nothing for a task that obeys', idle, undefined],
    ['is the value that was there already', value, { kind: 'ok', value: 'value' }],
    ['is the reason of a task that had failed', failing, { kind: 'exit', reason: broken }],
    [
      'is normal for a task that had ended without a value',
      (self) => self.exit('normal'),
      { kind: 'exit', reason: 'normal' },
    ],
    ['is nothing for a task that had shut down by itself', (self) => self.exit('shutdown'), undefined],
  ])('%s [T-13]', async (_what, code, result) => {
    await using runtime = new TestRuntime();
    const { owner, task } = await open(runtime, code);
    const seen = owner.seen.length;
    await expect(owner.do((self) => task.shutdown(self))).resolves.toEqual(result);
    await settle();
    expect(owner.seen).toHaveLength(seen);
    expectNothingLeft(runtime, owner, task);
  });

  test('does not take an owner along that does not trap exits [T-13]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const task = await owner.do((self) => Task.async(self, idle));
    await expect(owner.do((self) => task.shutdown(self))).resolves.toBeUndefined();
    await expect(owner.do((self) => self.alive)).resolves.toBe(true);
  });

  test('kills a task that does not obey in time [T-14]', async () => {
    await using runtime = new TestRuntime();
    const { owner, task } = await open<never>(runtime, stubborn);
    const outcome = owner.do((self) => task.shutdown(self, 50));
    await runtime.clock.advance(49);
    expect(runtime.isAlive(task.pid)).toBe(true);
    await runtime.clock.advance(1);
    expect(await outcome).toEqual({ kind: 'exit', reason: 'killed' });
    expectNothingLeft(runtime, owner, task);
    expect(owner.seen).toEqual([]);
  });

  test('answers with a value that comes while the task stops [T-13]', async () => {
    await using runtime = new TestRuntime();
    const { owner, task } = await open(runtime, async (self) => {
      self.trapExit(true);
      await self.receive();
      return 'last word';
    });
    await expect(owner.do((self) => task.shutdown(self))).resolves.toEqual({
      kind: 'ok',
      value: 'last word',
    });
  });

  test.each<[string, (self: Self) => Promise<string>, unknown]>([
    ['alive', stubborn, undefined],
    ['already killed', async (self) => self.exit('killed'), undefined],
    ['already shut down', async (self) => self.exit('shutdown'), { kind: 'exit', reason: 'shutdown' }],
  ])('with brutalKill, of a task that is %s [T-15]', async (_what, code, result) => {
    await using runtime = new TestRuntime();
    const { owner, task } = await open(runtime, code);
    await expect(owner.do((self) => task.shutdown(self, 'brutalKill'))).resolves.toEqual(result);
    expectNothingLeft(runtime, owner, task);
  });

  test('finds nobody when the end of the task was told before [T-16]', async () => {
    await using runtime = new TestRuntime();
    const { owner, task } = await open(runtime, failing);
    await owner.do((self) => task.yield(self));
    await expect(owner.do((self) => task.shutdown(self))).resolves.toEqual({
      kind: 'exit',
      reason: 'noproc',
    });
  });

  test('after a yield in vain leaves neither task nor message [T-17]', async () => {
    await using runtime = new TestRuntime();
    const { owner, task } = await open(runtime, idle);
    const outcome = owner.do(
      async (self) => (await task.yield(self, { timeout: 10 })) ?? (await task.shutdown(self)),
    );
    await runtime.clock.advance(10);
    expect(await outcome).toBeUndefined();
    expectNothingLeft(runtime, owner, task);
    expect(owner.seen).toEqual([]);
  });
});

describe('ignore', () => {
  test.each<[string, (self: Self) => string | Promise<string>, unknown]>([
    ['the value', value, { kind: 'ok', value: 'value' }],
    ['the reason', failing, { kind: 'exit', reason: broken }],
    ['nothing', idle, undefined],
  ])('answers with %s that is there [T-18]', async (_what, code, result) => {
    await using runtime = new TestRuntime();
    const { owner, task } = await open(runtime, code);
    expect(await owner.do((self) => task.ignore(self))).toEqual(result);
    expect(runtime.processInfo(owner.pid)).toMatchObject({ links: [], monitors: [] });
  });

  test('lets the task go on, and its failure concerns nobody [T-18]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const task = await owner.do((self) => Task.async(self, (own) => own.sleep(10).then(failing)));
    await owner.do((self) => task.ignore(self));
    const again = owner.do((self) => task.yield(self, { timeout: 20 }));
    await runtime.clock.advance(20);
    expect(await again).toBeUndefined();
    expect([runtime.isAlive(task.pid), runtime.isAlive(owner.pid)]).toEqual([false, true]);
  });
});

describe('completed', () => {
  test.each<[string, (task: AsyncTask<number>, self: Self) => unknown, unknown]>([
    ['awaited', (task, self) => task.await(self), 7],
    ['yielded', (task, self) => task.yield(self), { kind: 'ok', value: 7 }],
    ['ignored', (task, self) => task.ignore(self), { kind: 'ok', value: 7 }],
    ['shut down', (task, self) => task.shutdown(self), { kind: 'ok', value: 7 }],
    ['awaited among others', (task, self) => Task.awaitMany(self, [task]), [7]],
  ])('is a value without a process, %s [T-19]', async (_how, ask, result) => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    expect(await owner.do((self) => ask(Task.completed(self, 7), self))).toEqual(result);
    expect(runtime.processCount).toBe(1);
  });
});

describe('deliver', () => {
  test.each([
    ['a value', value, { kind: 'ok', value: 'value' }],
    ['a failure', failing, { kind: 'exit', reason: broken }],
  ])(
    'sends %s to the owner, as the only message of the task but its exit [T-01]',
    async (_what, code, result) => {
      await using runtime = new TestRuntime();
      const owner = await Puppet.trapping(runtime);
      const task = await owner.do((self) => {
        const started = Task.async<string>(self, code);
        started.deliver(self);
        return started;
      });
      await settle();
      const exit = new ExitMessage(task.pid, result.kind === 'ok' ? 'normal' : broken);
      expect(new Set(owner.seen)).toEqual(new Set([new TaskMessage(task, result as never), exit]));
      expectNothingLeft(runtime, owner, task);
    },
  );
});

describe('a task that nobody waits for', () => {
  test('is linked by startLink alone, sends nothing, and its failure is reported by name [T-20]', async () => {
    await using runtime = new TestRuntime();
    const reports: unknown[] = [];
    runtime.events.on('process:crash', (crash) => reports.push(crash));
    const owner = await Puppet.trapping(runtime);
    const [alone, linked] = await owner.do((self) => {
      const fetchAll = () => Promise.reject(broken);
      return [Task.start(self, fetchAll), Task.startLink(self, fetchAll)] as const;
    });
    await settle();
    expect(owner.seen).toEqual([new ExitMessage(linked, broken)]);
    const crash = { behaviour: 'Task', initialCall: 'fetchAll', reason: broken, parent: owner.pid };
    expect(reports).toMatchObject([
      { pid: alone, ...crash },
      { pid: linked, ...crash },
    ]);
  });

  test.each(['normal', 'shutdown', { shutdown: 'why' }])(
    'is not reported when it ends with %p [T-20]',
    async (reason) => {
      await using runtime = new TestRuntime();
      const reports: unknown[] = [];
      runtime.events.on('process:crash', (crash) => reports.push(crash));
      const pid = Task.start(runtime, (self) => self.exit(reason));
      expect(await runtime.ended(pid)).toEqual(reason);
      expect(reports).toEqual([]);
    },
  );
});

test('a task knows who asked for it, and who asked for that one [T-21]', async () => {
  await using runtime = new TestRuntime();
  const owner = new Puppet(runtime);
  const outcome = owner.do((self) => {
    const outer = Task.async(self, async (parent) => {
      const inner = Task.async(parent, (own) => [Task.callers(own), own.get('$callers')]);
      return { outer: Task.callers(parent), inner: await inner.await(parent), pid: parent.pid };
    });
    return outer.await(self);
  });
  const { outer, inner, pid } = await outcome;
  expect(outer).toEqual([owner.pid]);
  expect(inner).toEqual([
    [pid, owner.pid],
    [pid, owner.pid],
  ]);
  expect(await owner.do((self) => Task.callers(self))).toEqual([]);
});
