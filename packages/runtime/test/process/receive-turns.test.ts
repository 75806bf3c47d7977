import type { Self } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const is = (value: unknown) => (message: unknown) => message === value;

/** More than anybody may take in one turn. */
const MANY = 200_000;

/** How often `script` was done when Node's loop had its turn; at most so often, if it never had. */
async function doneInOneTurn(
  runtime: TestRuntime,
  script: (self: Self) => Promise<unknown>,
): Promise<number> {
  let done = 0;
  const pid = runtime.spawn(async (self) => {
    for (; done < MANY; done++) await script(self);
  });
  await settle(3);
  runtime.sendExit(pid, 'kill');
  return done;
}

describe('a script that never stops receiving', () => {
  test.each([
    [
      'messages of its own',
      async (self: Self) => {
        self.send(self.pid, 'again');
        await self.receive();
      },
    ],
    ['nothing, without waiting', (self: Self) => self.receive({ timeout: 0 })],
  ])('leaves room for Node’s loop: %s', async (_what, script) => {
    await using runtime = new TestRuntime();
    expect(await doneInOneTurn(runtime, script)).toBeLessThan(MANY);
  });

  test('takes all its messages, in order, over as many turns as that takes', async () => {
    await using runtime = new TestRuntime();
    const messages = Array.from({ length: 5_000 }, (_, index) => index);
    const received: unknown[] = [];
    const pid = runtime.spawn(async (self) => {
      for (const _ of messages) received.push(await self.receive());
    });
    for (const message of messages) runtime.send(pid, message);
    await runtime.ended(pid);
    expect(received).toEqual(messages);
  });
});

describe('a receive that waits while others take what it has looked at', () => {
  test.each([
    ['one message before it', ['old']],
    ['several messages around it', ['first', 'old', 'last']],
  ])('still finds the message that it waits for: %s', async (_where, messages) => {
    await using runtime = new TestRuntime();
    const received: unknown[] = [];
    const pid = runtime.spawn(async (self) => {
      await settle(1);
      const waiting = self.receive({ match: is('wanted') });
      expect(self.take(is('old'))).toEqual(['old']);
      received.push(await waiting);
    });
    for (const message of messages) runtime.send(pid, message);
    await settle();
    runtime.send(pid, 'wanted');
    await settle();
    expect(received).toEqual(['wanted']);
  });
});
