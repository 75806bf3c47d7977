import {
  BadReturnError,
  defineServer,
  type ExitReason,
  GenServer,
  NoCatchError,
  noReply,
  reply,
  stop,
  UndefinedCallbackError,
} from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const broken = new Error('broken');

/** A server that keeps a log of what it handles, as its state, and does what it is told. */
const logger = defineServer({
  init: (log: unknown[]) => log,
  handleCall: {
    return: (result: unknown) => result as never,
    run: (code: () => never) => code(),
  },
  handleCast: {
    note: (what: unknown, log) => void log.push(what),
    return: (result: unknown) => result as never,
    run: (code: () => never) => code(),
  },
  handleInfo(message, log) {
    log.push(message);
    if (typeof message === 'function') return message();
    return undefined;
  },
  terminate: (reason, log) => void log.push({ terminated: reason }),
});

async function started(runtime: TestRuntime) {
  const log: unknown[] = [];
  const ref = await GenServer.start(runtime, logger, log);
  return { log, ref, ended: runtime.ended(ref.pid) };
}

describe('a callback that fails', () => {
  const crashes: [string, () => never, ExitReason][] = [
    [
      'throws an error',
      () => {
        throw broken;
      },
      broken,
    ],
    ['rejects', () => Promise.reject(broken) as never, broken],
    ['rejects later', () => settle(1).then(() => Promise.reject(broken)) as never, broken],
  ];

  test.each(crashes)(
    'and %s ends the server after terminate, with the error and the last state [G-22]',
    async (_how, code, reason) => {
      await using runtime = new TestRuntime();
      for (const kind of ['call', 'cast', 'info']) {
        const { log, ref, ended } = await started(runtime);
        ref.cast('note', 'last');
        if (kind === 'call') await expect(ref.call('run', code)).rejects.toMatchObject({ reason });
        if (kind === 'cast') ref.cast('run', code);
        if (kind === 'info') runtime.send(ref.pid, code);
        expect(await ended).toBe(reason);
        expect(log.filter((entry) => entry !== code)).toEqual(['last', { terminated: reason }]);
      }
    },
  );

  test('because it exits gives terminate exactly that reason [G-23]', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const exits = {
      ...logger,
      handleInfo: (message: unknown, _log: unknown, self: { exit(r: unknown): never }) => self.exit(message),
    };
    for (const reason of ['badly', 'normal', { why: 1 }]) {
      const ref = await GenServer.start(runtime, exits, log);
      const ended = runtime.ended(ref.pid);
      runtime.send(ref.pid, reason);
      expect(await ended).toBe(reason);
      expect(log.pop()).toEqual({ terminated: reason });
    }
  });

  test('because it throws what is no error ends with that told apart [G-22]', async () => {
    await using runtime = new TestRuntime();
    const { ref, ended } = await started(runtime);
    ref.cast('run', () => {
      throw 'thrown';
    });
    const reason = await ended;
    expect(reason).toBeInstanceOf(NoCatchError);
    expect(reason).toHaveProperty('value', 'thrown');
  });

  test.each([
    ['call', 'handleCall.return'],
    ['cast', 'handleCast.return'],
    ['info', 'handleInfo'],
  ])(
    'because a %s returns junk ends with a BadReturnError, which the caller sees [G-21]',
    async (kind, callback) => {
      await using runtime = new TestRuntime();
      for (const junk of [42, 'junk', { reply: 1 }, null, Promise.resolve(false)]) {
        const { log, ref, ended } = await started(runtime);
        if (kind === 'call') {
          await expect(ref.call('return', junk)).rejects.toMatchObject({
            reason: { code: 'OTP_BAD_RETURN' },
          });
        } else if (kind === 'cast') ref.cast('return', junk);
        else runtime.send(ref.pid, () => junk);
        const reason = await ended;
        expect(reason).toBeInstanceOf(BadReturnError);
        expect(reason).toMatchObject({
          value: await junk,
          message: expect.stringContaining(`${callback} returned`),
        });
        expect(log.at(-1)).toEqual({ terminated: reason });
      }
    },
  );

  test('because a cast returns a reply is junk, since nobody waits [G-21]', async () => {
    await using runtime = new TestRuntime();
    const { ref, ended } = await started(runtime);
    ref.cast('return', reply(1));
    expect(await ended).toBeInstanceOf(BadReturnError);
  });

  test.each([['call'], ['cast'], ['continue']])(
    'because there is none for a %s ends with an UndefinedCallbackError [G-38]',
    async (kind) => {
      await using runtime = new TestRuntime();
      const bare = { name: 'bare', init: () => null };
      const continues = { init: () => null, handleCast: { what: () => noReply(null, { continue: 1 }) } };
      const ref = await GenServer.start(runtime, kind === 'continue' ? continues : bare, undefined);
      const ended = runtime.ended(ref.pid);
      if (kind === 'call') {
        await expect(runtime.call(ref.pid, 'what')).rejects.toMatchObject({
          reason: { code: 'OTP_UNDEFINED_CALLBACK' },
        });
      } else runtime.cast(ref.pid, 'what');
      const reason = await ended;
      expect(reason).toBeInstanceOf(UndefinedCallbackError);
      expect(reason).toMatchObject({
        message: {
          call: 'bare has no handleCall.what',
          cast: 'bare has no handleCast.what',
          continue: 'the server has no handleContinue',
        }[kind],
      });
    },
  );
});

describe('handleInfo', () => {
  test('is given every message that is neither call nor cast [G-35]', async () => {
    await using runtime = new TestRuntime();
    const { log, ref } = await started(runtime);
    const messages = [
      'text',
      7,
      undefined,
      null,
      { type: 'call', request: 'note' },
      ['EXIT', 'parent', 'over'],
    ];
    for (const message of messages) runtime.send(ref.pid, message);
    await settle();
    expect(log).toEqual(messages);
  });

  test('may be missing: the message is reported as unhandled, and the server lives [G-36]', async () => {
    await using runtime = new TestRuntime();
    const unhandled: unknown[] = [];
    runtime.events.on('message:unhandled', (event) => unhandled.push(event));
    const { pid } = await GenServer.start(runtime, { init: () => null }, undefined);
    runtime.send(pid, 'message');
    await settle();
    expect(unhandled).toEqual([{ pid, to: pid, message: 'message' }]);
    expect(runtime.isAlive(pid)).toBe(true);
  });

  test('that calls what is not there crashes, and is not taken for missing [G-37]', async () => {
    await using runtime = new TestRuntime();
    const { ref, ended } = await started(runtime);
    runtime.send(ref.pid, () => (undefined as unknown as { f(): void }).f());
    expect(await ended).toBeInstanceOf(TypeError);
  });
});

test('a callback that waits keeps the next message waiting', async () => {
  await using runtime = new TestRuntime();
  const { log, ref } = await started(runtime);
  ref.cast('run', (() => settle(2).then(() => void log.push('slow'))) as never);
  ref.cast('note', 'next');
  await settle(1);
  expect(log).toEqual([]);
  await settle();
  expect(log).toEqual(['slow', 'next']);
});

test('what a callback returns after its server was killed is thrown away', async () => {
  await using runtime = new TestRuntime();
  const { log, ref } = await started(runtime);
  ref.cast('run', (() => settle(2).then(() => stop('own'))) as never);
  await settle(1);
  runtime.sendExit(ref.pid, 'kill');
  await settle();
  expect(log).toEqual([]);
});
