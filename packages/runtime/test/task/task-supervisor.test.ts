import { ExitMessage, type Self, Supervisor, Task, TaskSupervisor } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const broken = new Error('broken');
const idle = () => new Promise<string>(() => {});
const later = async (self: Self): Promise<never> => {
  await self.sleep(10);
  throw broken;
};

async function open(runtime: TestRuntime, options = {}) {
  const supervisor = await TaskSupervisor.start(runtime, options);
  const owner = new Puppet(runtime);
  const children = () => TaskSupervisor.children(runtime, supervisor);
  return { supervisor, owner, children };
}

describe('async', () => {
  test('starts a child of the supervisor, linked to its owner and watched by it [T-33]', async () => {
    await using runtime = new TestRuntime();
    const { supervisor, owner, children } = await open(runtime);
    const task = await owner.do((self) => TaskSupervisor.async(self, supervisor, (own) => own.receive()));
    expect(runtime.processInfo(task.pid)).toMatchObject({
      parent: supervisor,
      links: [supervisor, owner.pid],
      monitoredBy: [owner.pid],
    });
    expect(await children()).toEqual([task.pid]);
    runtime.send(task.pid, 'value');
    await expect(owner.do((self) => task.await(self))).resolves.toBe('value');
    expect([await children(), owner.seen]).toEqual([[], []]);
  });

  test('of a task that is over before its owner hears of its start loses nothing [T-33]', async () => {
    await using runtime = new TestRuntime();
    const { supervisor, owner } = await open(runtime);
    const value = owner.do(async (self) => {
      const task = await TaskSupervisor.async(self, supervisor, () => 42);
      await settle();
      return await task.await(self);
    });
    expect(await value).toBe(42);
    expect(runtime.processInfo(owner.pid)).toMatchObject({ links: [], monitors: [] });
  });

  test('knows who asked for the task, and that the supervisor started it [T-21]', async () => {
    await using runtime = new TestRuntime();
    const { supervisor, owner } = await open(runtime);
    const known = await owner.do(async (self) => {
      const task = await TaskSupervisor.async(self, supervisor, (own) => [Task.callers(own), own.ancestors]);
      return task.await(self);
    });
    expect(known).toEqual([[owner.pid], [supervisor]]);
  });

  test('ends the task with its owner [T-35]', async () => {
    await using runtime = new TestRuntime();
    const { supervisor, owner, children } = await open(runtime);
    await owner.do((self) => TaskSupervisor.async(self, supervisor, idle));
    runtime.sendExit(owner.pid, 'over');
    expect(await children()).toEqual([]);
  });

  test('ends an owner that does not trap exits with the supervisor [T-40]', async () => {
    await using runtime = new TestRuntime();
    const { supervisor, owner } = await open(runtime);
    const ended = runtime.ended(owner.pid);
    const settled = jest.fn();
    owner.tell((self) => {
      void TaskSupervisor.async(self, supervisor, idle)
        .then((task) => task.await(self))
        .then(settled, settled);
    });
    await settle();
    runtime.sendExit(supervisor, 'kill');
    expect(await ended).toBe('killed');
    await settle();
    expect([settled.mock.calls, runtime.processCount]).toEqual([[], 0]);
  });

  test('gives one that traps exits the reason of the task when the supervisor stops [T-40]', async () => {
    await using runtime = new TestRuntime();
    const { supervisor } = await open(runtime);
    const owner = await Puppet.trapping(runtime);
    const task = await owner.do((self) => TaskSupervisor.async(self, supervisor, idle));
    const outcome = owner.do((self) => task.yield(self));
    await TaskSupervisor.stop(runtime, supervisor);
    expect(await outcome).toEqual({ kind: 'exit', reason: 'shutdown' });
    expect(owner.seen).toEqual([new ExitMessage(task.pid, 'shutdown')]);
  });
});

describe('asyncNoLink', () => {
  test('makes a failure a result for the owner, and harms neither it nor the supervisor [T-34]', async () => {
    await using runtime = new TestRuntime();
    const { supervisor, owner, children } = await open(runtime, { intensity: 0 });
    const task = await owner.do((self) => TaskSupervisor.asyncNoLink(self, supervisor, later));
    expect(runtime.processInfo(task.pid)).toMatchObject({ links: [supervisor], monitoredBy: [owner.pid] });
    const outcome = owner.do((self) => task.yield(self));
    await runtime.clock.advance(10);
    expect(await outcome).toEqual({ kind: 'exit', reason: broken });
    expect([runtime.isAlive(owner.pid), runtime.isAlive(supervisor)]).toEqual([true, true]);
    expect([await children(), owner.seen]).toEqual([[], []]);
  });

  test('lets the task go on when its owner ends [T-35]', async () => {
    await using runtime = new TestRuntime();
    const { supervisor, owner, children } = await open(runtime);
    const task = await owner.do((self) => TaskSupervisor.asyncNoLink(self, supervisor, idle));
    runtime.sendExit(owner.pid, 'kill');
    expect(await children()).toEqual([task.pid]);
    expect(runtime.processInfo(task.pid)).toMatchObject({ monitoredBy: [] });
  });

  test('starts nothing for an owner that has ended meanwhile', async () => {
    await using runtime = new TestRuntime();
    const { supervisor, owner, children } = await open(runtime);
    const code = jest.fn();
    owner.tell((self) => {
      void TaskSupervisor.asyncNoLink(self, supervisor, code);
      self.exit('over');
    });
    await settle();
    expect([await children(), code.mock.calls]).toEqual([[], []]);
  });
});

describe('with as many children as can be', () => {
  test.each(['async', 'asyncNoLink'] as const)('%s rejects [T-36]', async (how) => {
    await using runtime = new TestRuntime();
    const { supervisor, owner } = await open(runtime, { maxChildren: 0 });
    const outcome = owner.do((self) => TaskSupervisor[how](self, supervisor, idle));
    await expect(outcome).rejects.toMatchObject({ code: 'OTP_START_FAILED', reason: 'maxChildren' });
    expect(runtime.processInfo(owner.pid)).toMatchObject({ links: [], monitors: [] });
  });

  test.each(['asyncStream', 'asyncStreamNoLink'] as const)(
    '%s rejects, ends its tasks and cleans up its input [T-36]',
    async (how) => {
      await using runtime = new TestRuntime();
      const { supervisor, owner, children } = await open(runtime, { maxChildren: 2 });
      const log: string[] = [];
      const input = (function* () {
        try {
          for (;;) yield 500;
        } finally {
          log.push('cleanup');
        }
      })();
      const outcome = owner.do(async (self) => {
        const stream = TaskSupervisor[how](self, supervisor, input, (ms, own) => own.sleep(ms), {
          maxConcurrency: 4,
        });
        for await (const _ of stream) log.push('result');
      });
      await expect(outcome).rejects.toMatchObject({ code: 'OTP_START_FAILED', reason: 'maxChildren' });
      expect([await children(), log]).toEqual([[], ['cleanup']]);
      expect(runtime.processes()).toEqual([supervisor, owner.pid]);
      expect(runtime.armedTimers).toBe(0);
    },
  );
});

describe('a stream', () => {
  test.each(['asyncStream', 'asyncStreamNoLink'] as const)(
    'of %s has its tasks under the supervisor, and ends them when it is left [T-30, T-33]',
    async (how) => {
      await using runtime = new TestRuntime();
      const { supervisor, owner, children } = await open(runtime);
      const stopped = owner.do(async (self) => {
        const stream = TaskSupervisor[how](self, supervisor, [10, 500, 500], (ms, own) => own.sleep(ms), {
          maxConcurrency: 3,
        });
        for await (const result of stream) return { result, left: await children() };
        return undefined;
      });
      await settle();
      expect(await children()).toHaveLength(3);
      await runtime.clock.advance(10);
      expect(await stopped).toMatchObject({ result: { kind: 'ok' }, left: [{}, {}] });
      expect(await children()).toEqual([]);
      expect(runtime.processes()).toEqual([supervisor, owner.pid]);
      expect([runtime.armedTimers, owner.seen]).toEqual([0, []]);
    },
  );

  test('without links makes a failure a result also for an owner that does not trap exits [T-34]', async () => {
    await using runtime = new TestRuntime();
    const { supervisor, owner } = await open(runtime);
    const results = await owner.do(async (self) => {
      const seen: unknown[] = [];
      const run = (element: number, own: Self) => (element === 0 ? own.exit('zero') : element);
      for await (const result of TaskSupervisor.asyncStreamNoLink(self, supervisor, [1, 0, 2], run)) {
        seen.push(result);
      }
      return seen;
    });
    expect(results).toEqual([
      { kind: 'ok', value: 1 },
      { kind: 'exit', reason: 'zero' },
      { kind: 'ok', value: 2 },
    ]);
  });

  test.each([
    ['asyncStream', 'over'],
    ['asyncStreamNoLink', 'normal'],
  ] as const)(
    'of %s ends with an owner that ends with %s, also while a task is being started',
    async (how, reason) => {
      await using runtime = new TestRuntime();
      const { supervisor, owner, children } = await open(runtime);
      owner.tell((self) => {
        const stream = TaskSupervisor[how](self, supervisor, [1, 2, 3], (_, own) => own.receive());
        void stream[Symbol.asyncIterator]().next();
        self.exit(reason);
      });
      await settle();
      expect(await children()).toEqual([]);
      const second = new Puppet(runtime);
      second.tell((self) => {
        const stream = TaskSupervisor[how](self, supervisor, [1, 2], (_, own) => own.receive());
        void stream[Symbol.asyncIterator]().next();
      });
      await settle();
      expect(await children()).toHaveLength(2);
      second.tell((self) => self.exit(reason));
      await settle();
      expect([await children(), runtime.processes()]).toEqual([[], [supervisor]]);
    },
  );
});

describe('startChild', () => {
  test('starts a task that is not linked to who asks, and never started again [T-37]', async () => {
    await using runtime = new TestRuntime();
    const { supervisor, owner, children } = await open(runtime);
    const result = await owner.do((self) =>
      TaskSupervisor.startChild(self, supervisor, later, { label: 'job' }),
    );
    const [pid] = await children();
    expect(result).toEqual({ kind: 'ok', pid });
    expect(runtime.processInfo(pid as never)).toMatchObject({ links: [supervisor], label: 'job' });
    await runtime.clock.advance(10);
    expect([await children(), runtime.isAlive(owner.pid)]).toEqual([[], true]);
  });

  test.each([
    ['permanent', 3],
    ['transient', 3],
    ['temporary', 1],
  ] as const)('starts a %s task that fails twice %i times [T-37]', async (restart, times) => {
    await using runtime = new TestRuntime();
    const { supervisor, owner } = await open(runtime);
    const callers: unknown[] = [];
    await owner.do((self) => {
      const work = (own: Self) => {
        if (callers.push(Task.callers(own)) < 3) throw broken;
        return idle();
      };
      return TaskSupervisor.startChild(self, supervisor, work, { restart });
    });
    await settle();
    expect(callers).toEqual(Array.from({ length: times }, () => [owner.pid]));
  });

  test('answers that there are as many as can be [T-36]', async () => {
    await using runtime = new TestRuntime();
    const { supervisor } = await open(runtime, { maxChildren: 0 });
    const result = await TaskSupervisor.startChild(runtime, supervisor, idle);
    expect(result).toEqual({ kind: 'error', reason: 'maxChildren' });
  });
});

test('a task is stopped with the supervisor in the way it was started with [T-38]', async () => {
  await using runtime = new TestRuntime();
  const { supervisor, owner } = await open(runtime);
  const stubborn = (self: Self) => {
    self.trapExit(true);
    return idle();
  };
  const start = (shutdown: 'brutalKill' | number) => {
    return owner.do((self) => TaskSupervisor.asyncNoLink(self, supervisor, stubborn, { shutdown }));
  };
  const [killed, late] = [await start('brutalKill'), await start(100)];
  await settle();
  const stopped = TaskSupervisor.stop(runtime, supervisor);
  await settle();
  expect([runtime.isAlive(killed.pid), runtime.isAlive(late.pid)]).toEqual([false, true]);
  await runtime.clock.advance(100);
  await stopped;
  await expect(owner.do((self) => late.yield(self))).resolves.toEqual({ kind: 'exit', reason: 'killed' });
});

test('terminateChild stops a task, once [T-39]', async () => {
  await using runtime = new TestRuntime();
  const { supervisor, owner } = await open(runtime);
  const { pid } = await owner.do((self) => TaskSupervisor.asyncNoLink(self, supervisor, idle));
  expect(await TaskSupervisor.terminateChild(runtime, supervisor, pid)).toEqual({ kind: 'ok' });
  const again = await TaskSupervisor.terminateChild(runtime, supervisor, pid);
  expect(again).toEqual({ kind: 'error', reason: 'notFound' });
});

test('a task supervisor stands under a supervisor, found by its name', async () => {
  await using runtime = new TestRuntime();
  const top = await Supervisor.start(runtime, {
    children: [TaskSupervisor.childSpec('tasks', {}, { name: 'tasks' })],
  });
  const owner = new Puppet(runtime);
  const value = await owner.do(async (self) =>
    (await TaskSupervisor.async(self, 'tasks', () => 42)).await(self),
  );
  expect(value).toBe(42);
  await Supervisor.stop(runtime, top);
});
