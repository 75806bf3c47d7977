import { Agent, agentSpec, type Pid, Runtime, Supervisor } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const broken = new Error('broken');
const fail = (): never => {
  throw broken;
};

describe('an agent', () => {
  test('keeps a state that functions read and replace, in the order they were sent [A-01]', async () => {
    await using runtime = new TestRuntime();
    const agent = await Agent.start(runtime, () => 1);
    const answers = [
      agent.get((state) => state),
      agent.update((state) => state + 1),
      agent.getAndUpdate((state) => [`was ${state}`, state * 10]),
      agent.cast((state) => state + 2),
      agent.get((state) => state),
    ];
    expect(await Promise.all(answers)).toEqual([1, undefined, 'was 2', undefined, 22]);
  });

  test('runs the functions in its own process, one at a time, also when they wait [A-01]', async () => {
    await using runtime = new TestRuntime();
    const agent = await Agent.start(runtime, async () => [] as string[]);
    const add = (what: string, until?: Promise<void>) => async (state: string[]) => {
      await until;
      return [...state, what];
    };
    let go = (): void => {};
    const first = agent.update(add('slow', new Promise((resolve) => (go = resolve))));
    const second = agent.update(add('fast'));
    await settle();
    go();
    await Promise.all([first, second]);
    expect(await agent.get((state) => state)).toEqual(['slow', 'fast']);
    await expect(agent.get(() => agent.get((state) => state))).rejects.toMatchObject({
      reason: { code: 'OTP_CALL_SELF' },
    });
  });

  test('hands out the state itself [A-01]', async () => {
    await using runtime = new TestRuntime();
    const state = { count: 1 };
    const agent = await Agent.start(runtime, () => state);
    expect(await agent.get((kept) => kept)).toBe(state);
  });

  test.each(['get', 'update', 'getAndUpdate'] as const)(
    'ends with what a function of %s throws, and so does the call [A-02]',
    async (request) => {
      await using runtime = new TestRuntime();
      for (const code of [fail, () => Promise.reject(broken)]) {
        const agent = await Agent.start(runtime, () => 1);
        const ended = runtime.ended(agent.pid);
        const call = agent[request](code);
        await expect(call).rejects.toMatchObject({ code: 'OTP_CALL_EXIT', reason: broken });
        expect(await ended).toBe(broken);
      }
    },
  );

  test('ends when getAndUpdate answers no pair', async () => {
    await using runtime = new TestRuntime();
    const agent = await Agent.start(runtime, () => 1);
    await expect(agent.getAndUpdate(() => 1 as never)).rejects.toMatchObject({
      reason: { code: 'OTP_BAD_RETURN', value: 1 },
    });
  });

  test('finishes what its caller no longer waits for [A-03]', async () => {
    await using runtime = new TestRuntime();
    const agent = await Agent.start(runtime, () => 1);
    let go = (): void => {};
    const slow = agent.update(() => new Promise<number>((resolve) => (go = () => resolve(2))), {
      timeout: 10,
    });
    const timedOut = expect(slow).rejects.toMatchObject({ code: 'OTP_CALL_TIMEOUT' });
    await runtime.clock.advance(10);
    await timedOut;
    go();
    expect(await agent.get((state) => state)).toBe(2);
  });

  test('is found by its name, and stopped', async () => {
    await using runtime = new TestRuntime();
    const { pid } = await Agent.start(runtime, () => 1, { name: 'agent' });
    const agent = Agent.ref<number>(runtime, 'agent');
    expect([agent.pid, String(agent)]).toEqual([pid, String(pid)]);
    expect(runtime.processInfo(pid)).toMatchObject({ behaviour: 'Agent', name: 'agent' });
    await agent.stop({ reason: 'shutdown' });
    expect(() => Agent.ref(runtime, 'agent')).toThrow(expect.objectContaining({ code: 'OTP_NOPROC' }));
    expect(agent.cast((state) => state)).toBeUndefined();
    await expect(agent.get((state) => state)).rejects.toMatchObject({ code: 'OTP_NOPROC' });
  });

  test('that does not start says why, and one that is linked ends with its starter', async () => {
    await using runtime = new TestRuntime();
    await expect(Agent.start(runtime, fail)).rejects.toMatchObject({ reason: broken });
    const owner = new Puppet(runtime);
    const agent = await owner.do((self) => Agent.startLink(self, () => 1));
    runtime.sendExit(owner.pid, 'over');
    expect(runtime.isAlive(agent.pid)).toBe(false);
  });

  test('is nobody’s in another runtime', async () => {
    await using runtime = new TestRuntime();
    await Agent.start(runtime, () => 1, { name: 'agent' });
    expect(() => Agent.ref(new Runtime(), 'agent')).toThrow(expect.objectContaining({ code: 'OTP_NOPROC' }));
  });
});

describe('agentSpec', () => {
  test('has defaults that can be overridden [A-05]', () => {
    const init = () => 1;
    expect(agentSpec(init)).toEqual({ id: 'Agent', start: expect.any(Function) });
    const options = { id: 'visits', restart: 'temporary', shutdown: 'brutalKill' } as const;
    expect(agentSpec(init, { ...options, name: 'visits' })).toEqual({
      ...options,
      start: expect.any(Function),
    });
  });

  test('starts the agent under its supervisor, each time from the beginning [A-05]', async () => {
    await using runtime = new TestRuntime();
    await Supervisor.start(runtime, { children: [agentSpec(() => 1, { name: 'visits', label: 'visits' })] });
    const before = Agent.ref<number>(runtime, 'visits');
    await before.update(() => 5);
    runtime.sendExit(before.pid, 'kill');
    await settle();
    const after = Agent.ref<number>(runtime, 'visits');
    expect(after.pid).not.toBe(before.pid as Pid);
    expect(await after.get((state) => state)).toBe(1);
    expect(runtime.processInfo(after.pid)?.label).toBe('visits');
  });
});
