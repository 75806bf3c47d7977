import {
  type CallOptions,
  defineServer,
  GenServer,
  type Pid,
  type Runtime,
  reply,
  type Self,
  Supervisor,
  serverSpec,
} from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

interface Relay {
  readonly path: readonly Pid[];
  readonly options: CallOptions;
}

const FOREVER: CallOptions = { timeout: 'infinity' };

/** A server that passes a call on along a path. */
const relay = defineServer({
  init: (log: unknown[]) => log,
  handleCall: {
    async pass({ path: [next, ...path], options }: Relay, _from, log: unknown[], self: Self) {
      if (next === undefined) return reply('end');
      const answer = self.call(next, 'pass', { path, options }, options).catch((error) => {
        log.push(error);
        return error.code;
      });
      return reply(await answer);
    },
    /** Has a call to `to` under way that it does not wait for. */
    async tell(to: Pid, _from, log: unknown[], self: Self) {
      const told = self.call(to, 'pass', { path: [self.pid], options: FOREVER }, FOREVER);
      told.then(
        (value) => log.push(value),
        (error) => log.push(error.code),
      );
      await self.sleep(1_000);
      return reply('slept');
    },
  },
});

async function startRelays(runtime: Runtime, log: unknown[], count: number): Promise<Pid[]> {
  const relays = Array.from({ length: count }, () => GenServer.start(runtime, relay, log));
  return (await Promise.all(relays)).map(({ pid }) => pid);
}

describe('servers that call each other in a circle', () => {
  test.each([[2], [3]])('are told by the timeout who waits for whom: %p of them', async (count) => {
    await using runtime = new TestRuntime();
    const log: { cycle?: readonly Pid[]; message?: string }[] = [];
    const pids = await startRelays(runtime, log, count);
    const [first, ...rest] = pids as [Pid, ...Pid[]];
    const path = [...rest, first];
    const calling = runtime.call(first, 'pass', { path, options: { timeout: 50 } }, FOREVER);
    await runtime.clock.advance(50);
    await expect(calling).resolves.toBe('OTP_CALL_TIMEOUT');
    // The call that was sent first is over first; that breaks the circle.
    const [earliest, ...others] = log;
    expect(earliest).toMatchObject({ code: 'OTP_CALL_TIMEOUT', cycle: path });
    expect(earliest?.message).toContain(`50 ms: ${path.join(' waits for ')}, which has made the call`);
    expect(others.map(({ cycle }) => cycle)).toEqual(rest.map(() => undefined));
  });

  test('are told after 5 s, when they would wait for ever', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const [one, two] = (await startRelays(runtime, log, 2)) as [Pid, Pid];
    const calling = runtime.call(one, 'pass', { path: [two, one], options: FOREVER }, FOREVER);
    await runtime.clock.advance(4_999);
    expect(log).toEqual([]);
    await runtime.clock.advance(1);
    await expect(calling).resolves.toBe('OTP_CALL_CYCLE');
    expect(log).toEqual([expect.objectContaining({ code: 'OTP_CALL_CYCLE', cycle: [one, two] })]);
    expect(runtime.armedTimers).toBe(0);
  });

  test('but do not wait for each other are left to it', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const [one, two] = (await startRelays(runtime, log, 2)) as [Pid, Pid];
    const calling = runtime.call(one, 'tell', two, FOREVER);
    await runtime.clock.advance(10_000);
    await expect(calling).resolves.toBe('slept');
    expect(log).toEqual(['end']);
  });

  test('are not found where a busy server is just slow', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const [one, two] = (await startRelays(runtime, log, 2)) as [Pid, Pid];
    const caller = new Puppet(runtime);
    void runtime.call(one, 'tell', two, FOREVER);
    await settle();
    const slow = caller.do((self) => self.call(one, 'pass', { path: [] }, { timeout: 10 }));
    const outcome = slow.catch((error: unknown) => error);
    await runtime.clock.advance(10);
    expect(await outcome).toMatchObject({ code: 'OTP_CALL_TIMEOUT', cycle: undefined });
    await runtime.clock.advance(1_000);
  });
});

describe('an init that calls the supervisor that is starting it', () => {
  test.each([['at once'], ['after an await']])('is told after 5 s: %s [S-99]', async (how) => {
    await using runtime = new TestRuntime();
    const errors: unknown[] = [];
    const child = defineServer({
      init: async (supervisor: Pid, self: Self) => {
        if (how === 'after an await') await settle(1);
        await Supervisor.whichChildren(self, supervisor).catch((error) => errors.push(error));
        return null;
      },
    });
    const supervisor = await Supervisor.start(runtime, {});
    const starting = Supervisor.startChild(
      runtime,
      supervisor,
      serverSpec(child, supervisor, { id: 'child' }),
    );
    await runtime.clock.advance(5_000);
    await expect(starting).resolves.toMatchObject({ kind: 'ok' });
    expect(errors).toEqual([expect.objectContaining({ code: 'OTP_CALL_CYCLE' })]);
    expect(String(errors[0])).toContain(`${supervisor} waits for`);
  });

  test('through another server is told too [S-99]', async () => {
    await using runtime = new TestRuntime();
    const log: { code?: string }[] = [];
    const [go] = (await startRelays(runtime, log, 1)) as [Pid];
    const child = defineServer({
      init: async (supervisor: Pid, self: Self) =>
        self.call(go, 'pass', { path: [supervisor], options: FOREVER }, FOREVER),
    });
    const supervisor = await Supervisor.start(runtime, {});
    const starting = Supervisor.startChild(
      runtime,
      supervisor,
      serverSpec(child, supervisor, { id: 'child' }),
    );
    await runtime.clock.advance(5_000);
    await expect(starting).resolves.toMatchObject({ kind: 'ok' });
    expect(log.map(({ code }) => code)).toEqual(['OTP_CALL_CYCLE']);
  });
});

describe('a call to oneself through a reference', () => {
  test('is found after an await while errors are contained [G-17]', async () => {
    await using runtime = new TestRuntime();
    const letGo = runtime.contain();
    const server = defineServer({
      init: () => null,
      handleCall: {
        async myself(_: undefined, _from, _state, self: Self) {
          await settle(1);
          return reply(await runtime.call(self.pid, 'myself').catch(({ code }) => code));
        },
      },
    });
    const ref = await GenServer.start(runtime, server, undefined);
    await expect(ref.call('myself')).resolves.toBe('OTP_CALL_SELF');
    letGo();
  });
});
