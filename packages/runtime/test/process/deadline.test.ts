import { Deadline, type Self } from '../../src/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

class Silence extends Deadline {
  readonly came: number[] = [];
  readonly #self: Self;

  constructor(self: Self) {
    super();
    this.#self = self;
  }

  fire(): void {
    this.came.push(this.#self.now);
  }
}

async function withSilence(
  runtime: TestRuntime,
): Promise<{ readonly self: Self; readonly silence: Silence }> {
  let self: Self | undefined;
  await new Puppet(runtime).do((own) => {
    self = own;
  });
  return { self: self as Self, silence: new Silence(self as Self) };
}

describe('a deadline', () => {
  test('comes once, when it was set for', async () => {
    await using runtime = new TestRuntime();
    const { self, silence } = await withSilence(runtime);
    self.setDeadline(silence, 50);
    expect(silence.isSet).toBe(true);
    await runtime.clock.advance(49);
    expect(silence.came).toEqual([]);
    await runtime.clock.advance(1_000);
    expect(silence.came).toEqual([50]);
    expect(silence.isSet).toBe(false);
  });

  test('that is moved comes at the new time only', async () => {
    await using runtime = new TestRuntime();
    const { self, silence } = await withSilence(runtime);
    self.setDeadline(silence, 50);
    await runtime.clock.advance(40);
    self.setDeadline(silence, 50);
    await runtime.clock.advance(49);
    expect(silence.came).toEqual([]);
    await runtime.clock.advance(1);
    expect(silence.came).toEqual([90]);
  });

  test('that is taken back does not come, also when its process has ended', async () => {
    await using runtime = new TestRuntime();
    const { self, silence } = await withSilence(runtime);
    self.setDeadline(silence, 50);
    runtime.sendExit(self.pid, 'kill');
    self.clearDeadline(silence);
    await runtime.clock.advance(50);
    expect(silence.came).toEqual([]);
    expect(() => self.setDeadline(silence, 50)).toThrow('has ended and cannot set a deadline');
  });
});
