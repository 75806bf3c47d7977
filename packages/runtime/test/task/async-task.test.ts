import { type AsyncTask, ExitMessage, type Self, Task } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const broken = new Error('broken');

/** Runs an async task in a puppet, and answers it with what awaiting it comes to. */
async function awaited(owner: Puppet, code: (self: Self) => unknown, options = {}) {
  const { task, outcome } = await owner.do((self) => {
    const started = Task.async(self, code);
    const settled = started.await(self, options).then(
      (value) => ({ value }),
      (error: Error & { code?: string; reason?: unknown }) => ({ error }),
    );
    return { task: started as AsyncTask<unknown>, outcome: settled };
  });
  return { task, outcome };
}

describe('a task', () => {
  test('that nobody waits for runs in a process of its own and ends normally', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const pid = Task.start(runtime, (self) => void log.push(self.pid));
    expect(runtime.processInfo(pid)).toMatchObject({ behaviour: 'Task', links: [] });
    expect(log).toEqual([]);
    expect(await runtime.ended(pid)).toBe('normal');
    expect(log).toEqual([pid]);
  });

  test('that is linked takes its starter along when it fails', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const ended = runtime.ended(owner.pid);
    await owner.do((self) => Task.startLink(self, () => Promise.reject(broken)));
    expect(await ended).toBe(broken);
  });
});

describe('an async task', () => {
  test('is linked to its owner and watched by it [T-01]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const task = await owner.do((self) => Task.async(self, (own) => own.receive()));
    expect(runtime.processInfo(task.pid)).toMatchObject({
      parent: owner.pid,
      links: [owner.pid],
      monitoredBy: [owner.pid],
    });
    runtime.sendExit(owner.pid, 'over');
    expect(runtime.isAlive(task.pid)).toBe(false);
  });

  test.each([
    ['a value', () => 42],
    ['a promise', async () => 42],
  ])('that returns %s gives it to its owner, and leaves nothing behind [T-02]', async (_what, code) => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const { outcome } = await awaited(owner, code);
    await expect(outcome).resolves.toEqual({ value: 42 });
    await settle();
    expect(owner.seen).toEqual([]);
    expect(runtime.processInfo(owner.pid)).toMatchObject({ links: [], monitors: [] });
    expect(runtime.armedTimers).toBe(0);
  });

  test('that succeeds still sends a trapping owner its normal exit [T-02]', async () => {
    await using runtime = new TestRuntime();
    const owner = await Puppet.trapping(runtime);
    const { task, outcome } = await awaited(owner, () => 'value');
    await expect(outcome).resolves.toEqual({ value: 'value' });
    await settle();
    expect(owner.seen).toEqual([new ExitMessage(task.pid, 'normal')]);
  });

  test('that has finished before it is awaited gives its value at once', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const task = await owner.do((self) => Task.async(self, () => 'early'));
    await settle();
    expect(runtime.isAlive(task.pid)).toBe(false);
    await expect(owner.do((self) => task.await(self))).resolves.toBe('early');
  });

  test.each([['awaits it'], ['does not']])(
    'that fails ends an owner that does not trap exits and %s [T-03]',
    async (how) => {
      await using runtime = new TestRuntime();
      const owner = new Puppet(runtime);
      const ended = runtime.ended(owner.pid);
      const outcome = jest.fn();
      owner.tell((self) => {
        const task = Task.async(self, () => Promise.reject(broken));
        if (how === 'awaits it') void task.await(self).then(outcome, outcome);
      });
      expect(await ended).toBe(broken);
      await settle();
      expect(outcome).not.toHaveBeenCalled();
      expect(runtime.armedTimers).toBe(0);
    },
  );

  test('that fails rejects in an owner that traps exits, which has the exit message too [T-04]', async () => {
    await using runtime = new TestRuntime();
    const owner = await Puppet.trapping(runtime);
    const { task, outcome } = await awaited(owner, () => Promise.reject(broken));
    await expect(outcome).resolves.toMatchObject({ error: { code: 'OTP_CALL_EXIT', reason: broken } });
    await settle();
    expect(owner.seen).toEqual([new ExitMessage(task.pid, broken)]);
  });

  test('that ends normally without a value rejects with normal [T-05]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const { outcome } = await awaited(owner, (self) => self.exit('normal'));
    await expect(outcome).resolves.toMatchObject({ error: { code: 'OTP_CALL_EXIT', reason: 'normal' } });
  });

  test.each([
    [{}, 5_000],
    [{ timeout: 50 }, 50],
  ])(
    'that takes longer than %p goes on, linked, and what it comes to is thrown away [T-06]',
    async (options, ms) => {
      await using runtime = new TestRuntime();
      const owner = new Puppet(runtime);
      const { task, outcome } = await awaited(owner, (self) => self.sleep(9_000).then(() => 'late'), options);
      await runtime.clock.advance(ms - 1);
      expect(runtime.processInfo(owner.pid)?.monitors).toEqual([task.pid]);
      await runtime.clock.advance(1);
      await expect(outcome).resolves.toMatchObject({ error: { code: 'OTP_TIMEOUT' } });
      expect(runtime.processInfo(task.pid)).toMatchObject({ links: [owner.pid], monitoredBy: [] });
      await runtime.clock.advance(9_000);
      expect(runtime.isAlive(task.pid)).toBe(false);
      expect(owner.seen).toEqual([]);
    },
  );

  test('cannot be awaited by another process [T-07]', async () => {
    await using runtime = new TestRuntime();
    const [owner, other] = [new Puppet(runtime), new Puppet(runtime)];
    const task = await owner.do((self) => Task.async(self, () => 1));
    await expect(other.do((self) => task.await(self))).rejects.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
    expect(() => Task.async(runtime as never, () => 1)).toThrow(
      expect.objectContaining({ code: 'OTP_BAD_ARGUMENT' }),
    );
  });

  test('that timed out times out again when it is awaited again [T-08]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const { task, outcome } = await awaited(owner, (self) => self.sleep(60).then(() => 'late'), {
      timeout: 50,
    });
    await runtime.clock.advance(50);
    await outcome;
    const again = owner
      .do((self) => task.await(self, { timeout: 50 }))
      .catch((error: { code: string }) => error.code);
    await runtime.clock.advance(50);
    expect(await again).toBe('OTP_TIMEOUT');
  });

  test('may be awaited by two parts of its owner’s code at once', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const values = owner.do((self) => {
      const task = Task.async(self, (own) => own.sleep(10).then(() => 'value'));
      return Promise.all([task.await(self), task.await(self, { timeout: 100 })]);
    });
    await runtime.clock.advance(10);
    await expect(values).resolves.toEqual(['value', 'value']);
    expect(runtime.armedTimers).toBe(0);
  });

  test('leaves no timer when its owner ends in a second wait', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const { task, outcome } = await awaited(owner, (self) => self.receive(), { timeout: 50 });
    await runtime.clock.advance(50);
    await outcome;
    owner.tell((self) => void task.await(self, { timeout: 50 }).catch(() => {}));
    await settle();
    runtime.sendExit(owner.pid, 'over');
    expect(runtime.armedTimers).toBe(0);
  });
});
