import fc from 'fast-check';
import { ExitMessage, type Self, Task } from '../../src/index.ts';
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

describe('the results', () => {
  test('come in the order of the input, whatever each takes [T-22]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const outcome = await streamed(runtime, owner, [30, 10, 20], sleepy, { maxConcurrency: 3 });
    expect(outcome).toEqual({ results: [30, 10, 20].map(valued) });
    expectNothingLeft(runtime, owner);
  });

  test('come as they are there with ordered false [T-23]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const options = { maxConcurrency: 3, ordered: false };
    const outcome = await streamed(runtime, owner, [30, 10, 20], sleepy, options);
    expect(outcome).toEqual({ results: [10, 20, 30].map(valued) });
    expectNothingLeft(runtime, owner);
  });

  test('are those of a map over the input, for any durations, failures, concurrency and kind of input [T-22, T-23, T-24]', async () => {
    const plan = fc.record({
      elements: fc.array(fc.record({ ms: fc.nat(20), fails: fc.boolean() }), { maxLength: 12 }),
      maxConcurrency: fc.integer({ min: 1, max: 5 }),
      ordered: fc.boolean(),
      pullMs: fc.option(fc.nat(3), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ elements, maxConcurrency, ordered, pullMs }) => {
        await using runtime = new TestRuntime();
        const owner = await Puppet.trapping(runtime);
        const [numbered, expected] = [Array.from(elements.entries()), [] as unknown[]];
        for (const [index, { fails }] of numbered) {
          expected.push(fails ? { kind: 'exit', reason: index } : valued(index));
        }
        let [running, most] = [0, 0];
        const outcome = owner.do((self) => {
          const slowly = async function* () {
            for (const element of numbered) {
              await self.sleep(pullMs as number);
              yield element;
            }
          };
          const stream = Task.asyncStream(
            self,
            pullMs === undefined ? numbered : slowly(),
            async ([index, { ms, fails }], own) => {
              most = Math.max(most, ++running);
              own.own({ close: () => running-- });
              if (ms > 0) await own.sleep(ms);
              return fails ? own.exit(index) : index;
            },
            { maxConcurrency, ordered },
          );
          return drain(stream);
        });
        await runtime.clock.advance(1_000);
        const results = await outcome;
        if (ordered) expect(results).toEqual(expected);
        else expect(new Set(results)).toEqual(new Set(expected));
        expect(results).toHaveLength(expected.length);
        expect(most).toBeLessThanOrEqual(maxConcurrency);
        expectNothingLeft(runtime, owner);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a task that fails', () => {
  test('is a result like the others for an owner that traps exits, which gets no message [T-25]', async () => {
    await using runtime = new TestRuntime();
    const owner = await Puppet.trapping(runtime);
    const outcome = await streamed(runtime, owner, [1, 0, 2], (element, self) => {
      return element === 0 ? self.exit('zero') : element;
    });
    expect(outcome).toEqual({ results: [valued(1), { kind: 'exit', reason: 'zero' }, valued(2)] });
    expectNothingLeft(runtime, owner);
  });

  test('ends an owner that does not trap exits, and the other tasks [T-26]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const ended = runtime.ended(owner.pid);
    const settled = jest.fn();
    owner.tell((self) => {
      const stream = Task.asyncStream(self, [500, 10], (ms, own) => {
        return ms === 10 ? Promise.reject(broken) : sleepy(ms, own);
      });
      void drain(stream).then(settled, settled);
    });
    expect(await ended).toBe(broken);
    await settle();
    expect([settled.mock.calls, runtime.processCount, runtime.armedTimers]).toEqual([[], 0, 0]);
  });

  test('carries its element with zipInputOnExit [T-29]', async () => {
    await using runtime = new TestRuntime();
    const owner = await Puppet.trapping(runtime);
    const options = { zipInputOnExit: true, timeout: 10, onTimeout: 'killTask' } as const;
    const fail = (element: number, self: Self) => (element === 0 ? self.exit('zero') : sleepy(element, self));
    expect(await streamed(runtime, owner, [0, 5, 50], fail, options)).toEqual({
      results: [
        { kind: 'exit', reason: 'zero', input: 0 },
        valued(5),
        { kind: 'exit', reason: 'timeout', input: 50 },
      ],
    });
  });
});

describe('a task that takes too long', () => {
  test('costs the stream, and all its tasks [T-27]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const outcome = await streamed(runtime, owner, [10, 500, 500], sleepy, { timeout: 100 });
    expect(outcome).toMatchObject({ error: { code: 'OTP_TIMEOUT' } });
    expectNothingLeft(runtime, owner);
  });

  test('has 5,000 ms unless said [T-27]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const outcome = owner.do((self) => drain(Task.asyncStream(self, [6_000], sleepy)));
    const failed = expect(outcome).rejects.toMatchObject({ code: 'OTP_TIMEOUT' });
    await runtime.clock.advance(4_999);
    expect(runtime.processCount).toBe(3);
    await runtime.clock.advance(1);
    await failed;
  });

  test.each([[true], [false]])(
    'costs itself with killTask, whether exits are trapped: %p [T-28]',
    async (traps) => {
      await using runtime = new TestRuntime();
      const owner = new Puppet(runtime);
      await owner.do((self) => self.trapExit(traps));
      const options = { timeout: 100, onTimeout: 'killTask', maxConcurrency: 2 } as const;
      expect(await streamed(runtime, owner, [10, 500, 20], sleepy, options)).toEqual({
        results: [valued(10), { kind: 'exit', reason: 'timeout' }, valued(20)],
      });
      expectNothingLeft(runtime, owner);
    },
  );
});

describe('a consumer', () => {
  test.each([['linked to it'], ['that trap exits']])(
    'that stops early ends the tasks %s, and hears nothing [T-30]',
    async (how) => {
      await using runtime = new TestRuntime();
      const owner = await Puppet.trapping(runtime);
      const log: string[] = [];
      const taken = owner.do(async (self) => {
        const stream = Task.asyncStream(
          self,
          watched(log),
          (element, own) => {
            own.trapExit(how === 'that trap exits');
            return sleepy(element * 10, own);
          },
          { maxConcurrency: 4 },
        );
        for await (const result of stream) return result;
        return undefined;
      });
      await runtime.clock.advance(10);
      expect(await taken).toEqual(valued(10));
      expect(log.at(-1)).toBe('cleanup');
      expectNothingLeft(runtime, owner);
    },
  );

  test.each(['normal', 'over', 'kill'])('that ends with %s takes the tasks along', async (reason) => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const results = jest.fn();
    owner.tell((self) => {
      const stream = Task.asyncStream(self, [500, 10], (ms, own) => {
        own.trapExit(true);
        return sleepy(ms, own);
      });
      void drain(stream).then(results, results);
    });
    await settle();
    expect(runtime.processCount).toBe(4);
    if (reason === 'normal') owner.tell((self) => self.exit(reason));
    else runtime.sendExit(owner.pid, reason);
    await settle();
    expect([runtime.processCount, runtime.armedTimers, results.mock.calls]).toEqual([0, 0, []]);
  });

  test('that traps exits is told when the stream itself is killed', async () => {
    await using runtime = new TestRuntime();
    const owner = await Puppet.trapping(runtime);
    const outcome = owner.do((self) => drain(Task.asyncStream(self, [500], sleepy)));
    const failed = expect(outcome).rejects.toMatchObject({ code: 'OTP_CALL_EXIT', reason: 'killed' });
    await settle();
    const crew = runtime.processes()[1] as never;
    runtime.sendExit(crew, 'kill');
    await failed;
    expect(owner.seen).toEqual([new ExitMessage(crew, 'killed')]);
  });

  test('is who the tasks were asked for by; the stream stands between them [T-21]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const [first] = await owner.do((self) => {
      return drain(Task.asyncStream(self, [1], (_, own) => [Task.callers(own), own.ancestors[1]]));
    });
    expect(first).toEqual(valued([[owner.pid], owner.pid]));
  });
});
