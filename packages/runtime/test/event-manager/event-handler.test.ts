import { defineEventHandler, EventManager, removeHandler } from '../../src/index.ts';
import { TestRuntime } from '../support/test-runtime.ts';
import { broken, type Order, openManager, plain, recorder } from './recorder.ts';

const added = { kind: 'ok' };

describe('addHandler', () => {
  test('installs a handler, in front of the others [E-01, E-02]', async () => {
    await using runtime = new TestRuntime();
    const { manager, log } = await openManager(runtime);
    const tell = (who: string) => ({ who, log });
    await expect(EventManager.addHandler(runtime, manager, recorder, tell('first'))).resolves.toEqual(added);
    await EventManager.addHandler(runtime, manager, [recorder, 2], tell('second'));
    await EventManager.addHandler(runtime, manager, plain, undefined);
    expect(await EventManager.whichHandlers(runtime, manager)).toEqual([plain, [recorder, 2], recorder]);
    expect(log).toEqual([
      ['first', 'init'],
      ['second', 'init'],
    ]);
    const who = await Promise.all([
      EventManager.call(runtime, manager, recorder, 'who', undefined),
      EventManager.call(runtime, manager, [recorder, 2], 'who', undefined),
    ]);
    expect(who).toEqual([
      { kind: 'ok', reply: 'first' },
      { kind: 'ok', reply: 'second' },
    ]);
  });

  test.each([
    ['refuses', 'refuse', 'no'],
    ['throws', 'throw', broken],
  ] as const)('installs nothing when init %s [E-01]', async (_how, argument, reason) => {
    await using runtime = new TestRuntime();
    const { manager, which } = await openManager(runtime);
    const result = await EventManager.addHandler(runtime, manager, recorder, argument);
    expect(result).toEqual({ kind: 'error', reason });
    expect(await which()).toEqual([]);
  });

  test('refuses what is no handler', async () => {
    await using runtime = new TestRuntime();
    const { manager } = await openManager(runtime);
    const wrong = (handler: unknown) => () =>
      EventManager.addHandler(runtime, manager, handler as never, 1 as never);
    for (const handler of [undefined, {}, [recorder.init], { init: () => 1 }]) {
      expect(wrong(handler)).toThrow(expect.objectContaining({ code: 'OTP_BAD_ARGUMENT' }));
    }
  });
});

describe('deleteHandler', () => {
  test('answers with what the handler’s terminate returned [E-09]', async () => {
    await using runtime = new TestRuntime();
    const { manager, log, which } = await openManager(runtime, 'a', 'b');
    const result = await EventManager.deleteHandler(runtime, manager, [recorder, 'a'], 'enough');
    expect(result).toEqual({ kind: 'ok', value: 'a is gone' });
    expect([log, await which()]).toEqual([[['a', { kind: 'deleted', argument: 'enough' }]], ['b']]);
    const again = await EventManager.deleteHandler(runtime, manager, [recorder, 'a']);
    expect(again).toEqual({ kind: 'error', reason: 'moduleNotFound' });
  });

  test('of one that has no terminate, or whose terminate throws, deletes it all the same [E-09]', async () => {
    await using runtime = new TestRuntime();
    const { manager } = await openManager(runtime);
    const sore = defineEventHandler({
      init: () => 0,
      handleEvent: () => {},
      terminate: () => Promise.reject(broken),
    });
    await EventManager.addHandler(runtime, manager, plain, undefined);
    await EventManager.addHandler(runtime, manager, sore, undefined);
    const results = [
      await EventManager.deleteHandler(runtime, manager, plain),
      await EventManager.deleteHandler(runtime, manager, sore),
      await EventManager.whichHandlers(runtime, manager),
    ];
    expect(results).toEqual([{ kind: 'ok', value: undefined }, { kind: 'error', reason: broken }, []]);
  });
});

describe('swapHandler', () => {
  test('hands over what the old handler returned to the new one [E-06]', async () => {
    await using runtime = new TestRuntime();
    const { manager, log, which } = await openManager(runtime, 'a', 'b');
    const plan = { give: 'give', handler: [recorder, 'new'], argument: { who: 'new', log } } as const;
    expect(await EventManager.swapHandler(runtime, manager, [recorder, 'a'], plan)).toEqual(added);
    expect(log).toEqual([
      ['a', { kind: 'swapped', argument: 'give' }],
      ['new', 'init', 'a is gone'],
    ]);
    expect(await which()).toEqual(['new', 'b']);
  });

  test('adds the new handler also when there is no old one, and tells it so [E-06]', async () => {
    await using runtime = new TestRuntime();
    const { manager, log, which } = await openManager(runtime);
    const plan = { handler: [recorder, 'new'], argument: { who: 'new', log } } as const;
    expect(await EventManager.swapHandler(runtime, manager, plain, plan)).toEqual(added);
    expect([log, await which()]).toEqual([[['new', 'init', 'error']], ['new']]);
  });

  test('leaves neither when the new one refuses [E-06]', async () => {
    await using runtime = new TestRuntime();
    const { manager, which } = await openManager(runtime, 'a');
    const plan = { handler: recorder, argument: 'refuse' } as const;
    const result = await EventManager.swapHandler(runtime, manager, [recorder, 'a'], plan);
    expect([result, await which()]).toEqual([{ kind: 'error', reason: 'no' }, []]);
  });
});

describe('call', () => {
  test('is answered by the handler that is meant [E-07]', async () => {
    await using runtime = new TestRuntime();
    const { manager } = await openManager(runtime, 'a', 'b');
    const rename = await EventManager.call(runtime, manager, [recorder, 'a'], 'rename', 'z');
    const who = await EventManager.call(runtime, manager, [recorder, 'a'], 'who', undefined);
    expect([rename, who]).toEqual([
      { kind: 'ok', reply: 'a' },
      { kind: 'ok', reply: 'z' },
    ]);
  });

  test('of a handler that is not there is an error [E-07]', async () => {
    await using runtime = new TestRuntime();
    const { manager } = await openManager(runtime, 'a');
    const result = await EventManager.call(runtime, manager, recorder, 'who', undefined);
    expect(result).toEqual({ kind: 'error', reason: 'badModule' });
  });

  test.each([
    [
      'throws',
      () => {
        throw broken;
      },
      broken,
    ],
    ['exits', ((_, self) => self.exit('over')) as Order, 'over'],
    ['returns junk', () => 'junk', expect.objectContaining({ code: 'OTP_BAD_RETURN', value: 'junk' })],
    ['does not reply', () => undefined, expect.objectContaining({ code: 'OTP_BAD_RETURN' })],
    ['goes without a reply', () => removeHandler(), expect.objectContaining({ code: 'OTP_BAD_RETURN' })],
  ])('of a handler that %s is an error, and costs it its place [E-04, E-07]', async (_how, code, reason) => {
    await using runtime = new TestRuntime();
    const { manager, which, failures } = await openManager(runtime, 'a', 'b');
    const result = await EventManager.call(runtime, manager, [recorder, 'a'], 'obey', code as Order);
    expect(result).toEqual({ kind: 'error', reason });
    expect([await which(), failures]).toEqual([['b'], [expect.objectContaining({ reason })]]);
  });

  test('of a request that the handler does not know is an error, and costs it its place [E-07]', async () => {
    await using runtime = new TestRuntime();
    const { manager, which } = await openManager(runtime, 'a');
    const result = await EventManager.call(runtime, manager, [recorder, 'a'], 'nothing' as 'who', undefined);
    expect(result).toMatchObject({ kind: 'error', reason: { code: 'OTP_UNDEFINED_CALLBACK' } });
    expect(await which()).toEqual([]);
  });

  test('can answer and go, or answer and make room [E-05, E-06]', async () => {
    await using runtime = new TestRuntime();
    const { manager, log, which } = await openManager(runtime, 'a', 'b');
    const left = await EventManager.call(runtime, manager, [recorder, 'a'], 'leave', undefined);
    const yielded = await EventManager.call(runtime, manager, [recorder, 'b'], 'yieldTo', {
      handler: [recorder, 'new'],
      argument: { who: 'new', log } as never,
    });
    expect([left, yielded]).toEqual([
      { kind: 'ok', reply: 'a leaves' },
      { kind: 'ok', reply: 'as you like' },
    ]);
    expect(await which()).toEqual(['new']);
  });

  test('rejects when it takes too long, and when there is no manager [E-08]', async () => {
    await using runtime = new TestRuntime();
    const { manager } = await openManager(runtime, 'a');
    const slow = EventManager.call(runtime, manager, [recorder, 'a'], 'slowly', 100, { timeout: 50 });
    const late = expect(slow).rejects.toMatchObject({ code: 'OTP_CALL_TIMEOUT' });
    await runtime.clock.advance(50);
    await late;
    const lost = EventManager.call(runtime, 'nobody', recorder, 'who', undefined);
    await expect(lost).rejects.toMatchObject({ code: 'OTP_NOPROC' });
    await runtime.clock.advance(50);
  });
});
