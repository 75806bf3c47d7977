import { Agent, defineServer, GenServer, noReply, reply, sys } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const before = defineServer({
  name: 'before',
  version: 1,
  init: (start: number) => ({ count: start }),
  handleCall: { read: (_: undefined, _from, state) => reply(state.count) },
  handleCast: { add: (by: number, state) => noReply({ count: state.count + by }) },
});

const after = defineServer({
  name: 'after',
  init: (start: number) => ({ total: start }),
  handleCall: { read: (_: undefined, _from, state) => reply(`total ${state.total}`) },
  handleCast: { add: (by: number, state) => noReply({ total: state.total + by }) },
  codeChange(oldVersion, state, extra) {
    if (extra === 'fail') throw new RangeError('cannot be changed');
    const { count } = state as { count: number };
    return { total: count + 100 * (oldVersion as number) };
  },
});

describe('a change of code', () => {
  test('is refused while the server runs, and carried out while it is suspended [Y-14]', async () => {
    await using runtime = new TestRuntime();
    const { pid } = await GenServer.start(runtime, before, 1);
    const refused = { code: 'OTP_NOT_SUSPENDED' };
    await expect(sys.changeCode(runtime, pid, { module: after })).rejects.toMatchObject(refused);
    expect(await runtime.call(pid, 'read')).toBe(1);

    await sys.suspend(runtime, pid);
    runtime.cast(pid, 'add', 5);
    await sys.changeCode(runtime, pid, { module: after });
    const waiting = runtime.call(pid, 'read');
    expect(await sys.getStatus(runtime, pid)).toMatchObject({ status: 'suspended', module: 'after' });
    await sys.resume(runtime, pid);
    // What has come before the change is handled by the new code, in its order.
    expect(await waiting).toBe('total 106');
    await expect(sys.changeCode(runtime, pid, { module: before })).rejects.toMatchObject(refused);
  });

  test.each([
    ['at once', after],
    ['later', { ...after, codeChange: () => settle(1).then(() => Promise.reject(new RangeError('later'))) }],
  ])('that fails %s leaves code and state as they were [Y-14]', async (_when, module) => {
    await using runtime = new TestRuntime();
    const { pid } = await GenServer.start(runtime, before, 1);
    await sys.suspend(runtime, pid);
    const change = sys.changeCode(runtime, pid, { module, extra: 'fail' });
    await expect(change).rejects.toBeInstanceOf(RangeError);
    expect(await sys.getState(runtime, pid)).toEqual({ count: 1 });
    await sys.resume(runtime, pid);
    expect(await runtime.call(pid, 'read')).toBe(1);
  });

  test('keeps the state if the new code says nothing of it [F-33]', async () => {
    await using runtime = new TestRuntime();
    const { pid } = await GenServer.start(runtime, before, 1);
    const silent = { ...before, handleCall: { read: () => reply('new') } };
    await sys.suspend(runtime, pid);
    await sys.changeCode(runtime, pid, { module: silent });
    await sys.resume(runtime, pid);
    expect(await runtime.call(pid, 'read')).toBe('new');
    expect(await sys.getState(runtime, pid)).toEqual({ count: 1 });
  });

  test('may be told of another old version, and wait', async () => {
    await using runtime = new TestRuntime();
    const { pid } = await GenServer.start(runtime, before, 1);
    const slow = {
      ...after,
      codeChange: (version: unknown) => settle(1).then(() => ({ total: version as number })),
    };
    await sys.suspend(runtime, pid);
    await sys.changeCode(runtime, pid, { module: slow, oldVersion: 7 });
    await sys.resume(runtime, pid);
    expect(await runtime.call(pid, 'read')).toBe('total 7');
  });

  test('refuses what is no server', async () => {
    await using runtime = new TestRuntime();
    const { pid } = await GenServer.start(runtime, before, 1);
    await sys.suspend(runtime, pid);
    await expect(sys.changeCode(runtime, pid, { module: {} as never })).rejects.toMatchObject({
      code: 'OTP_BAD_ARGUMENT',
    });
  });
});

describe('a change of the code of an agent', () => {
  test('makes its state by a function; one that raises leaves the state as it was [A-04]', async () => {
    await using runtime = new TestRuntime();
    const agent = await Agent.start(runtime, () => 1);
    await sys.suspend(runtime, agent.pid);
    const raising = () => {
      throw new RangeError('no');
    };
    await expect(sys.changeCode(runtime, agent.pid, { extra: raising })).rejects.toBeInstanceOf(RangeError);
    await expect(sys.changeCode(runtime, agent.pid, {})).rejects.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
    expect(await sys.getState(runtime, agent.pid)).toBe(1);
    await sys.changeCode(runtime, agent.pid, { extra: (count: number) => count + 1 });
    await sys.resume(runtime, agent.pid);
    expect(await agent.get((count) => count)).toBe(2);
  });
});
