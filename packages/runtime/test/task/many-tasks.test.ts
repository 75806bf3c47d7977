import { type AsyncTask, type Self, Task } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const broken = new Error('broken');

/** Comes to a value after so many ms; to a failure if that is what is said. */
const after = (ms: number, outcome: string | Error = `after ${ms}`) => {
  return async (self: Self): Promise<string> => {
    await self.sleep(ms);
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
};

function tasksOf(self: Self, ...codes: ((own: Self) => Promise<string>)[]): AsyncTask<string>[] {
  return codes.map((code) => Task.async(self, code));
}

describe('awaitMany', () => {
  test('gives the values in the order of the tasks, however long each takes [T-11]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const values = owner.do((self) => Task.awaitMany(self, tasksOf(self, after(30), after(10), after(20))));
    await runtime.clock.advance(30);
    await expect(values).resolves.toEqual(['after 30', 'after 10', 'after 20']);
    expect(runtime.armedTimers).toBe(0);
  });

  test('of nothing is nothing; a task that is named twice gives its value twice', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    await expect(owner.do((self) => Task.awaitMany(self, []))).resolves.toEqual([]);
    const twice = await owner.do((self) => {
      const task = Task.async(self, () => 1);
      return Task.awaitMany(self, [task, task]);
    });
    expect(twice).toEqual([1, 1]);
  });

  test('has one timeout for all, which the tasks outlive without being heard of [T-11]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const outcome = owner.do((self) => {
      return Task.awaitMany(self, tasksOf(self, after(40), after(60)), { timeout: 50 });
    });
    const failed = expect(outcome).rejects.toMatchObject({ code: 'OTP_TIMEOUT' });
    await runtime.clock.advance(50);
    await failed;
    expect(runtime.processInfo(owner.pid)).toMatchObject({ monitors: [] });
    expect(runtime.processCount).toBe(2);
    await runtime.clock.advance(10);
    expect(owner.seen).toEqual([]);
    expect(runtime.processCount).toBe(1);
  });

  test('rejects with the first failure at once, and touches no other message [T-11]', async () => {
    await using runtime = new TestRuntime();
    const owner = await Puppet.trapping(runtime);
    const outcome = owner.do((self) => {
      const tasks = tasksOf(self, after(100), after(10, broken), after(5));
      return Task.awaitMany(self, tasks).catch((error) => ({ error, now: self.now }));
    });
    runtime.send(owner.pid, 'unrelated');
    await runtime.clock.advance(10);
    expect(await outcome).toEqual({ error: expect.objectContaining({ reason: broken }), now: 10 });
    expect(runtime.processInfo(owner.pid)).toMatchObject({ monitors: [] });
    expect(runtime.armedTimers).toBe(1);
    await runtime.clock.advance(90);
    expect(owner.seen.filter((message) => typeof message === 'string')).toEqual(['unrelated']);
  });

  test('never comes back when its owner ends, and leaves no timer', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const settled = jest.fn();
    owner.tell((self) => void Task.awaitMany(self, tasksOf(self, after(10))).then(settled, settled));
    await settle();
    runtime.sendExit(owner.pid, 'over');
    await settle();
    expect([settled.mock.calls, runtime.armedTimers, runtime.processCount]).toEqual([[], 0, 0]);
  });
});

describe('yieldMany', () => {
  const outcomes = [after(10), after(20, broken), after(100)];

  test('pairs each task with its result, and leaves out what is not there in time [T-12]', async () => {
    await using runtime = new TestRuntime();
    const owner = await Puppet.trapping(runtime);
    const tasks = await owner.do((self) => tasksOf(self, ...outcomes));
    const yields = owner.do((self) => Task.yieldMany(self, tasks, { timeout: 50 }));
    await runtime.clock.advance(50);
    expect(await yields).toEqual([
      [tasks[0], { kind: 'ok', value: 'after 10' }],
      [tasks[1], { kind: 'exit', reason: broken }],
      [tasks[2], undefined],
    ]);
    const again = owner.do((self) => Task.yieldMany(self, tasks.slice(2)));
    await runtime.clock.advance(50);
    expect(await again).toEqual([[tasks[2], { kind: 'ok', value: 'after 100' }]]);
  });

  test.each([
    ['nothing', true, 1],
    ['ignore', true, 0],
    ['killTask', false, 0],
  ] as const)('with onTimeout %s, a late task lives on: %p [T-12]', async (onTimeout, lives, links) => {
    await using runtime = new TestRuntime();
    const owner = await Puppet.trapping(runtime);
    const tasks = await owner.do((self) => tasksOf(self, ...outcomes));
    const yields = owner.do((self) => Task.yieldMany(self, tasks, { timeout: 50, onTimeout }));
    await runtime.clock.advance(50);
    expect((await yields)[2]).toEqual([tasks[2], undefined]);
    expect(runtime.isAlive((tasks[2] as AsyncTask<string>).pid)).toBe(lives);
    expect(runtime.processInfo(owner.pid)?.links).toHaveLength(links);
  });

  test('stops at the limit, and that is no timeout [T-12]', async () => {
    await using runtime = new TestRuntime();
    const owner = await Puppet.trapping(runtime);
    const tasks = await owner.do((self) => tasksOf(self, ...outcomes));
    const yields = owner.do(async (self) => {
      return [await Task.yieldMany(self, tasks, { limit: 1, onTimeout: 'killTask' }), self.now];
    });
    await runtime.clock.advance(10);
    expect(await yields).toEqual([
      [
        [tasks[0], { kind: 'ok', value: 'after 10' }],
        [tasks[1], undefined],
        [tasks[2], undefined],
      ],
      10,
    ]);
    expect(runtime.processCount).toBe(3);
  });

  test('leaves results beyond the limit for whoever asks next [T-12]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const results = await owner.do(async (self) => {
      const tasks = [Task.completed(self, 1), Task.completed(self, 2)] as const;
      const first = await Task.yieldMany(self, tasks, { limit: 1 });
      const second = await Task.yieldMany(self, [tasks[1]], { timeout: 0 });
      return [...first, ...second].map(([, result]) => result);
    });
    expect(results).toEqual([{ kind: 'ok', value: 1 }, undefined, { kind: 'ok', value: 2 }]);
  });

  test.each([{ limit: -1 }, { limit: 0.5 }, { onTimeout: 'wait' as never }, { timeout: -1 }])(
    'refuses %p',
    async (options) => {
      await using runtime = new TestRuntime();
      const outcome = new Puppet(runtime).do((self) => Task.yieldMany(self, [], options));
      await expect(outcome).rejects.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
    },
  );
});
