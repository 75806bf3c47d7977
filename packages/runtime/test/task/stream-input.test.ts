import { type Self, Task } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import {
  broken,
  drain,
  expectNothingLeft,
  sleepy,
  streamed,
  valued,
  watched,
} from '../support/task-streams.ts';
import { TestRuntime } from '../support/test-runtime.ts';

describe('the input', () => {
  test('is pulled only when a task can be started and somebody waits for a result [T-24]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const log: string[] = [];
    const iterator = await owner.do((self) => {
      const stream = Task.asyncStream(self, watched(log, 5), sleepy, { maxConcurrency: 2 });
      return { next: stream[Symbol.asyncIterator]() };
    });
    await settle();
    expect([log, runtime.processCount]).toEqual([[], 1]);
    const first = owner.do(() => iterator.next.next());
    await runtime.clock.advance(50);
    expect(await first).toEqual({ done: false, value: valued(1) });
    await runtime.clock.advance(50);
    expect(log).toEqual(['pull 1', 'pull 2']);
    expect(await owner.do(() => iterator.next.next())).toEqual({ done: false, value: valued(2) });
    expect(log).toHaveLength(2);
    const third = owner.do(() => iterator.next.next());
    await runtime.clock.advance(50);
    expect(await third).toEqual({ done: false, value: valued(3) });
    await owner.do(() => iterator.next.return?.());
    expect(log).toEqual(['pull 1', 'pull 2', 'pull 3', 'pull 4', 'cleanup']);
  });

  test('is not pulled beyond the result that is enough [T-24, T-30]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const log: string[] = [];
    await owner.do(async (self) => {
      const stream = Task.asyncStream(self, watched(log, 5), (element) => element, { maxConcurrency: 1 });
      for await (const result of stream) if (result.kind === 'ok' && result.value === 2) break;
    });
    expect(log).toEqual(['pull 1', 'pull 2', 'cleanup']);
    expectNothingLeft(runtime, owner);
  });

  test('can be iterated over again, and starts anew', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const both = await owner.do(async (self) => {
      const stream = Task.asyncStream(self, new Set([1, 2]), (element) => element * 2);
      return [await drain(stream), await drain(stream)];
    });
    expect(both).toEqual([[2, 4].map(valued), [2, 4].map(valued)]);
  });

  test('that throws ends the tasks, is not closed again, and its error is thrown on [T-31]', async () => {
    await using runtime = new TestRuntime();
    const owner = await Puppet.trapping(runtime);
    const log: string[] = [];
    const input = (function* () {
      try {
        yield 500;
        throw broken;
      } finally {
        log.push('cleanup');
      }
    })();
    expect(await streamed(runtime, owner, input, sleepy)).toEqual({ error: broken });
    expect(log).toEqual(['cleanup']);
    expectNothingLeft(runtime, owner);
  });

  test('that rejects while results are there delivers no more of them [T-31]', async () => {
    await using runtime = new TestRuntime();
    const owner = await Puppet.trapping(runtime);
    const input = async function* (self: Self) {
      yield 1;
      await self.sleep(10);
      throw broken;
    };
    const results: unknown[] = [];
    const outcome = owner.do(async (self) => {
      for await (const result of Task.asyncStream(self, input(self), sleepy)) results.push(result);
    });
    const rejected = expect(outcome).rejects.toBe(broken);
    await runtime.clock.advance(10);
    await rejected;
    expect(results).toEqual([valued(1)]);
    expectNothingLeft(runtime, owner);
  });

  test('is cleaned up when the stream fails, and what goes wrong then does not cover that up [T-31]', async () => {
    await using runtime = new TestRuntime();
    const owner = await Puppet.trapping(runtime);
    const input = (function* () {
      try {
        yield 500;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: it is what goes wrong.
        throw broken;
      }
    })();
    const outcome = await streamed(runtime, owner, input, sleepy, { timeout: 100, maxConcurrency: 1 });
    expect(outcome).toMatchObject({ error: { code: 'OTP_TIMEOUT' } });
    expectNothingLeft(runtime, owner);
  });

  test('that is busy is told, and not waited for [T-30]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const log: string[] = [];
    const input: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => (log.push('pull') === 1 ? Promise.resolve({ value: 1 }) : new Promise(() => {})),
        return: () => {
          log.push('return');
          return Promise.reject(broken);
        },
      }),
    };
    await owner.do(async (self) => {
      for await (const _ of Task.asyncStream(self, input, () => settle(), { maxConcurrency: 2 })) break;
    });
    expect(log).toEqual(['pull', 'pull', 'return']);
    expectNothingLeft(runtime, owner);
  });
});

test.each<[object]>([
  [{ maxConcurrency: 0 }],
  [{ maxConcurrency: 1.5 }],
  [{ timeout: -1 }],
  [{ onTimeout: 'wait' }],
  [{ ordered: 1 }],
  [{ zipInputOnExit: 'yes' }],
  [{ maxConcurency: 2 }],
])('%p is refused before any task starts [T-32]', async (options) => {
  await using runtime = new TestRuntime();
  const owner = new Puppet(runtime);
  const outcome = owner.do((self) => Task.asyncStream(self, [1], sleepy, options));
  await expect(outcome).rejects.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
});

test('what is no input, no function and no owner is refused [T-32]', async () => {
  await using runtime = new TestRuntime();
  const refusal = expect.objectContaining({ code: 'OTP_BAD_ARGUMENT' });
  await new Puppet(runtime).do((self) => {
    expect(() => Task.asyncStream(self, 5 as never, sleepy)).toThrow(refusal);
    expect(() => Task.asyncStream(self, [], undefined as never)).toThrow(refusal);
  });
  expect(() => Task.asyncStream(runtime as never, [], sleepy)).toThrow(refusal);
});
