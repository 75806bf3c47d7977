import { GenServer, type Ref, type Self, Task } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Inbox } from '../support/inbox.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const idle = { receive: () => {} };
const echo = { init: () => null };

/** A process that waits for the test in the middle of its code, and then tries something. */
function stuck(runtime: TestRuntime, attempt: (self: Self) => unknown) {
  const outcome: { value?: unknown; error?: unknown; ran: boolean } = { ran: false };
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const pid = runtime.spawn(async (self) => {
    await held;
    outcome.ran = true;
    try {
      outcome.value = await attempt(self);
    } catch (error) {
      outcome.error = error;
    }
  });
  return { pid, outcome, release };
}

/** Kills a process in the middle of its code, lets the code go on, and answers what its attempt came to. */
async function attemptOfTheDead(runtime: TestRuntime, attempt: (self: Self) => unknown) {
  const { pid, outcome, release } = stuck(runtime, attempt);
  await settle();
  runtime.sendExit(pid, 'kill');
  release();
  await settle();
  expect(outcome.ran).toBe(true);
  return outcome;
}

test('a killed process is dead at once, though its code goes on [P-46]', async () => {
  await using runtime = new TestRuntime();
  const { pid, outcome, release } = stuck(runtime, (self) => self.alive);
  runtime.register('victim', pid);
  await settle();
  runtime.sendExit(pid, 'kill');
  expect(runtime.isAlive(pid)).toBe(false);
  expect(runtime.processInfo(pid)).toBeUndefined();
  expect(runtime.whereis('victim')).toBeUndefined();
  expect(await runtime.ended(pid)).toBe('noproc');
  expect(outcome.ran).toBe(false);
  release();
  await settle();
  expect(outcome).toMatchObject({ ran: true, value: false });
});

describe('the code of a dead process', () => {
  test.each([
    ['links', (self: Self, other: Puppet) => self.link(other.pid)],
    ['unlinks', (self: Self, other: Puppet) => self.unlink(other.pid)],
    ['monitors', (self: Self, other: Puppet) => self.monitor(other.pid)],
    ['spawns', (self: Self) => self.spawn(idle)],
    ['spawns a link', (self: Self) => self.spawnLink(idle)],
    ['spawns and monitors', (self: Self) => self.spawnMonitor(idle)],
    ['traps exits', (self: Self) => self.trapExit(true)],
    ['registers', (self: Self) => self.register('ghost')],
    ['labels itself', (self: Self) => self.setLabel('ghost')],
    ['arms a message', (self: Self, other: Puppet) => self.sendAfter(10, other.pid, 'boo')],
    ['arms a timeout', (self: Self, other: Puppet) => self.startTimer(10, other.pid, 'boo')],
    ['arms a callback', (self: Self) => self.callAfter(10, () => {})],
    ['sleeps', (self: Self) => self.sleep(10)],
    ['owns a resource', (self: Self) => self.own({ close: () => {} })],
    ['receives', (self: Self) => self.receive()],
    ['receives with a receiver', (self: Self) => self.receiveWith(new Inbox(), 10)],
    ['starts a server', (self: Self) => GenServer.start(self, echo, undefined)],
    ['starts a linked server', (self: Self) => GenServer.startLink(self, echo, undefined)],
    ['starts a task', (self: Self) => Task.start(self, () => 1)],
    ['starts a task to await', (self: Self) => Task.async(self, () => 1)],
  ])('is refused when it %s [P-46]', async (_what, attempt) => {
    await using runtime = new TestRuntime();
    const other = new Puppet(runtime);
    const { error } = await attemptOfTheDead(runtime, (self) => attempt(self, other));
    expect(error).toMatchObject({ code: 'OTP_DEAD_PROCESS' });
    expect(runtime.processes()).toEqual([other.pid]);
    expect(runtime.armedTimers).toBe(0);
    expect(runtime.processInfo(other.pid)).toMatchObject({ links: [], monitoredBy: [] });
    await runtime.clock.advance(10);
    expect(other.seen).toEqual([]);
  });

  test('sends nothing: no message, cast or exit signal arrives [P-46]', async () => {
    await using runtime = new TestRuntime();
    const other = await Puppet.trapping(runtime);
    const { error } = await attemptOfTheDead(runtime, (self) => {
      self.send(other.pid, 'message');
      self.send('nobody', 'message');
      self.cast(other.pid, 'cast', 1);
      self.sendExit(other.pid, 'signal');
      self.sendExit(other.pid, 'kill');
    });
    expect(error).toBeUndefined();
    expect(other.seen).toEqual([]);
    expect(runtime.isAlive(other.pid)).toBe(true);
  });

  test('answers no call', async () => {
    await using runtime = new TestRuntime();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const delegate = new Puppet(runtime);
    const delegated = await GenServer.start(
      runtime,
      {
        init: () => null,
        handleCall: { ask: (_: null, from: object) => void delegate.tell((self) => late(self, from)) },
      },
      undefined,
    );
    const late = async (self: Self, from: object): Promise<void> => {
      await held;
      self.answer(from, 'from the dead');
    };
    const answer = delegated.call('ask', null, { timeout: 100 }).catch((error: Error) => error);
    await settle();
    runtime.sendExit(delegate.pid, 'kill');
    release();
    await runtime.clock.advance(100);
    expect(await answer).toMatchObject({ code: 'OTP_CALL_TIMEOUT' });
  });

  test('cannot take a timer back that will send to somebody else', async () => {
    await using runtime = new TestRuntime();
    const other = new Puppet(runtime);
    let ref: Ref | undefined;
    const { pid, outcome, release } = stuck(runtime, (self) => self.cancelTimer(ref as Ref));
    await other.do((self) => {
      ref = self.sendAfter(10, other.pid, 'due');
    });
    runtime.sendExit(pid, 'kill');
    release();
    await runtime.clock.advance(10);
    expect(outcome.value).toBe(false);
    expect(other.seen).toEqual(['due']);
  });

  test.each([
    ['a call', (self: Self, server: Puppet) => self.call(server.pid, 'anything')],
    ['a stop', (self: Self, server: Puppet) => GenServer.stop(self, server.pid)],
  ])('waits for ever for %s that it makes', async (_what, attempt) => {
    await using runtime = new TestRuntime();
    const server = new Puppet(runtime);
    const outcome = await attemptOfTheDead(runtime, (self) => attempt(self, server));
    await runtime.clock.advance(10_000);
    expect(outcome).toEqual({ ran: true });
    expect(server.seen).toEqual([]);
    expect(runtime.processInfo(server.pid)).toMatchObject({ mailboxLength: 0, monitoredBy: [] });
  });

  test.each([
    ['for an answer', (self: Self, other: Puppet) => self.call(other.pid, 'anything')],
    ['for a message', (self: Self) => self.receive({ timeout: 100 })],
    ['for a stop', (self: Self, other: Puppet) => GenServer.stop(self, other.pid, { timeout: 100 })],
    ['for a time', (self: Self) => self.sleep(100)],
    ['for an end', (self: Self, other: Puppet) => self.endAndWait(other.pid, 'normal', 100)],
    ['for a task', (self: Self) => Task.async(self, (own) => own.receive()).await(self)],
  ])('that was waiting %s never goes on, and leaves no timer', async (_what, wait) => {
    await using runtime = new TestRuntime();
    const other = new Puppet(runtime);
    const { pid, outcome, release } = stuck(runtime, (self) => wait(self, other));
    release();
    await settle();
    expect(outcome.ran).toBe(true);
    expect(runtime.armedTimers).toBe(1);
    runtime.sendExit(pid, 'kill');
    expect(runtime.armedTimers).toBe(0);
    await runtime.clock.advance(10_000);
    expect(outcome).toEqual({ ran: true });
    expect(runtime.processInfo(other.pid)?.monitoredBy).toEqual([]);
  });

  test.each([
    ['returns', () => 'done', undefined],
    ['throws', () => Promise.reject(new Error('again')), 'again'],
    ['exits', (self: Self) => self.exit('again'), undefined],
  ])('does no harm when it %s after its end: it has ended once', async (_how, attempt, message) => {
    await using runtime = new TestRuntime();
    const ends: unknown[] = [];
    runtime.events.on('process:crash', () => ends.push('crash'));
    runtime.events.on('process:exit', ({ reason }) => ends.push(reason));
    const { error } = await attemptOfTheDead(runtime, attempt);
    expect((error as Error | undefined)?.message).toBe(message);
    expect(ends).toEqual(['killed']);
  });
});

describe('what a process leaves behind', () => {
  test('its resources are closed once, also when one of them throws', async () => {
    await using runtime = new TestRuntime();
    const closed: string[] = [];
    const failures: unknown[] = [];
    runtime.events.on('callback:failed', ({ error }) => failures.push(error));
    const owner = new Puppet(runtime);
    const failure = new Error('cannot close');
    await owner.do((self) => {
      self.own({ close: () => closed.push('one') });
      self.own({
        close: () => {
          throw failure;
        },
      });
      self.own({ close: () => closed.push('three') });
      const given = { close: () => closed.push('given up') };
      self.own(given);
      self.disown(given);
    });
    runtime.sendExit(owner.pid, 'over');
    runtime.sendExit(owner.pid, 'over');
    expect(closed).toEqual(['one', 'three']);
    expect(failures).toEqual([failure]);
  });

  test('its signal is aborted with the exit reason, also when it is asked for late', async () => {
    await using runtime = new TestRuntime();
    const early = new Puppet(runtime);
    const signal = await early.do((self) => self.signal);
    expect(signal.aborted).toBe(false);
    runtime.sendExit(early.pid, 'over');
    expect(signal).toMatchObject({ aborted: true, reason: 'over' });
    const { value } = await attemptOfTheDead(runtime, (self) => self.signal);
    expect(value).toMatchObject({ aborted: true, reason: 'killed' });
  });
});
