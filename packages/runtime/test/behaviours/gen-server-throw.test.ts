import {
  defineServer,
  GenServer,
  ignore,
  NoCatchError,
  noReply,
  ok,
  reply,
  type Self,
  stop,
  stopWithReply,
} from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { TestRuntime } from '../support/test-runtime.ts';

/** Throws a result from two calls down, at once or after an await. */
function leave(result: unknown, later: boolean): never {
  const inner = (): never => {
    throw result;
  };
  return later ? (settle(1).then(inner) as never) : inner();
}

const server = defineServer({
  init: (start: number) => ({ count: start }),
  handleCall: {
    leave: ({ result, later }: { result: unknown; later: boolean }) => leave(result, later),
    count: (_: undefined, _from, state) => reply(state.count),
  },
  handleCast: {
    leave: ({ result, later }: { result: unknown; later: boolean }) => leave(result, later),
    goOn: (result: unknown, state) => noReply(state, { continue: result }),
  },
  handleContinue: (result) => leave(result, false),
  handleInfo: (message) => leave(message, false),
});

describe.each([
  ['at once', false],
  ['after an await', true],
])('a result that is thrown %s', (_when, later) => {
  test('answers a call, and the new state is kept [G-06]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, server, 1);
    await expect(ref.call('leave', { result: reply('left', { count: 2 }), later })).resolves.toBe('left');
    await expect(ref.call('count')).resolves.toBe(2);
  });

  test('stops the server, after a call is answered [G-06]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, server, 1);
    const ended = runtime.ended(ref.pid);
    await expect(ref.call('leave', { result: stopWithReply('over', 'bye'), later })).resolves.toBe('bye');
    expect(await ended).toBe('over');
  });

  test('of a cast is kept too, and a wrong one is a bad return [G-06]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, server, 1);
    const ended = runtime.ended(ref.pid);
    ref.cast('leave', { result: noReply({ count: 5 }), later });
    await expect(ref.call('count')).resolves.toBe(5);
    const wrong = reply('to nobody');
    ref.cast('leave', { result: wrong, later });
    expect(await ended).toMatchObject({ code: 'OTP_BAD_RETURN', value: wrong });
  });

  test.each([
    ['the state', ok({ count: 7 }), { kind: 'ok', count: 7 }],
    ['ignore', ignore(), { reason: 'ignore' }],
    ['stop', stop('no'), { reason: 'no' }],
  ])('by init counts as returned: %s [G-06]', async (_what, result, outcome) => {
    await using runtime = new TestRuntime();
    const throwing = { ...server, init: () => leave(result, later) };
    const started = GenServer.start(runtime, throwing, undefined as never).then(
      async (ref) => ({ kind: 'ok', count: await ref.call('count') }),
      ({ reason }) => ({ reason }),
    );
    expect(await started).toEqual(outcome);
  });
});

test('handleInfo and handleContinue may throw their results too [G-06]', async () => {
  await using runtime = new TestRuntime();
  const ref = await GenServer.start(runtime, server, 1);
  runtime.send(ref.pid, noReply({ count: 3 }));
  await expect(ref.call('count')).resolves.toBe(3);
  ref.cast('goOn', noReply({ count: 4 }, { continue: noReply({ count: 5 }) }));
  await expect(ref.call('count')).resolves.toBe(5);
  const ended = runtime.ended(ref.pid);
  ref.cast('goOn', stop('over'));
  expect(await ended).toBe('over');
});

describe('terminate', () => {
  const ending = (terminate: (self: Self) => unknown) =>
    defineServer({
      init: () => null,
      handleCast: { stop: (reason: string) => stop(reason) },
      terminate: (_reason, _state, self) => terminate(self) as Promise<void>,
    });

  test.each([
    ['a value', 'oops', [new NoCatchError('oops')]],
    ['undefined', undefined, [new NoCatchError(undefined)]],
    ['a result', stop('another'), []],
  ])('that throws %s leaves the reason as it is, and is told of [G-26]', async (_what, thrown, told) => {
    for (const later of [false, true]) {
      await using runtime = new TestRuntime();
      const failures: unknown[] = [];
      runtime.events.on('callback:failed', ({ error }) => failures.push(error));
      const ref = await GenServer.start(
        runtime,
        ending(() => leave(thrown, later)),
        undefined,
      );
      const ended = runtime.ended(ref.pid);
      ref.cast('stop', 'given');
      expect(await ended).toBe('given');
      expect(failures).toEqual(told);
    }
  });
});
