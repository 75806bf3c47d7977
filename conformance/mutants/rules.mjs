/** Rules of OTP that no recording shows, each as a small program of the runtime's public functions. */
import assert from 'node:assert/strict';
import {
  Agent,
  CancelTimerMessage,
  DynamicSupervisor,
  defineServer,
  GenServer,
  ignore,
  noReply,
  reply,
  Supervisor,
  serversSpec,
  stop,
  sys,
} from '@thousand-island/runtime';
import {
  popMachine,
  postpone,
  pushMachine,
  StateMachine,
  updateDelay,
} from '@thousand-island/runtime/state-machine';
import { settle, testRuntime } from '@thousand-island/runtime/testing';
import { createMachine, raise } from 'xstate';

/** @typedef {import('@thousand-island/runtime/testing').TestRuntime} TestRuntime */
/** @typedef {import('@thousand-island/runtime').Self} Self */

/**
 * Runs a script to its end and answers what it returns.
 * @template Result
 * @param {TestRuntime} runtime
 * @param {(self: Self) => Promise<Result> | Result} code
 * @returns {Promise<Result>}
 */
function script(runtime, code) {
  return new Promise((resolve, reject) => {
    runtime.spawn(async (self) => {
      try {
        resolve(await code(self));
      } catch (error) {
        reject(error);
      }
    });
  });
}

const slow = defineServer({
  init: () => /** @type {Map<unknown, import('@thousand-island/runtime').From>} */ (new Map()),
  handleCall: {
    later: (/** @type {string} */ label, from, state) => {
      state.set(label, from);
      return noReply();
    },
  },
  handleCast: {
    answer: (/** @type {string} */ label, state, self) => {
      const from = state.get(label);
      if (from !== undefined) self.answer(from, label);
    },
  },
});

/** @type {Record<string, (runtime: TestRuntime) => Promise<void>>} */
const rules = {
  'a timer is taken back at once, however the answer is to come': async (runtime) => {
    const answers = await script(runtime, async (self) => {
      const one = self.sendAfter(10, self.pid, 'one');
      const two = self.sendAfter(10, self.pid, 'two');
      const said = [self.cancelTimer(one, { async: true }), self.cancelTimer(two, { info: false })];
      const told = await self.receive({ timeout: 0 });
      await runtime.clock.advance(20);
      return [...said, told instanceof CancelTimerMessage && told.left, await self.receive({ timeout: 0 })];
    });
    assert.deepEqual(answers, ['ok', 'ok', 10, undefined]);
  },

  'the answer to a request that was given up vanishes': async (runtime) => {
    const server = await GenServer.start(runtime, slow, undefined);
    const outcome = script(runtime, async (self) => {
      const request = GenServer.sendRequest(self, server, 'later', 'a');
      await GenServer.receiveResponse(self, request, { timeout: 5 });
      return self.receive({ timeout: 5 });
    });
    await runtime.clock.advance(5);
    server.cast('answer', 'a');
    await runtime.clock.advance(5);
    assert.equal(await outcome, undefined);
  },

  'a request that was waited for in vain can be waited for again': async (runtime) => {
    const server = await GenServer.start(runtime, slow, undefined);
    const outcome = script(runtime, async (self) => {
      const request = GenServer.sendRequest(self, server, 'later', 'a');
      const first = await GenServer.waitResponse(self, request, { timeout: 5 });
      return [first.kind, (await GenServer.waitResponse(self, request, { timeout: 5 })).kind];
    });
    await runtime.clock.advance(5);
    server.cast('answer', 'a');
    await runtime.clock.advance(5);
    assert.deepEqual(await outcome, ['timeout', 'reply']);
  },

  'a request comes to the end of its server': async (runtime) => {
    const server = await GenServer.start(runtime, slow, undefined);
    const outcome = await script(runtime, async (self) => {
      const request = GenServer.sendRequest(self, server, 'later', 'a');
      self.sendExit(server.pid, 'over');
      const ended = await GenServer.receiveResponse(self, request, { timeout: 0 });
      const gone = await GenServer.receiveResponse(self, GenServer.sendRequest(self, server, 'later', 'b'), {
        timeout: 0,
      });
      return [ended, gone].map((each) => (each.kind === 'error' ? each.reason : each.kind));
    });
    assert.deepEqual(outcome, ['over', 'noproc']);
  },

  'a result that is thrown counts as returned': async (runtime) => {
    const server = defineServer({
      init: () => 0,
      handleCall: {
        leave: () => {
          throw reply('left');
        },
      },
      handleInfo: async () => {
        throw stop('over');
      },
    });
    const { pid } = await GenServer.start(runtime, server, undefined);
    assert.equal(await runtime.call(pid, 'leave'), 'left');
    const ended = runtime.ended(pid);
    runtime.send(pid, 'end');
    assert.equal(await ended, 'over');
    const ignoring = {
      ...server,
      init: () => {
        throw ignore();
      },
    };
    await assert.rejects(GenServer.start(runtime, ignoring, undefined), { reason: 'ignore' });
  },

  'what terminate throws replaces no reason, what it raises does': async (runtime) => {
    const failure = new Error('raised');
    for (const [thrown, reason] of [
      ['thrown', 'given'],
      [failure, failure],
    ]) {
      const server = defineServer({
        init: () => 0,
        terminate: () => {
          throw thrown;
        },
      });
      const { pid } = await GenServer.start(runtime, server, undefined);
      const ended = runtime.ended(pid);
      await GenServer.stop(runtime, pid, { reason: 'given' }).catch(() => {});
      assert.equal(await ended, reason);
    }
  },

  'code is changed only while the server is suspended, and not at all when that fails': async (runtime) => {
    const agent = await Agent.start(runtime, () => 1);
    await assert.rejects(sys.changeCode(runtime, agent.pid, { extra: () => 2 }), {
      code: 'OTP_NOT_SUSPENDED',
    });
    await sys.suspend(runtime, agent.pid);
    const fails = () => {
      throw new RangeError('no');
    };
    await assert.rejects(sys.changeCode(runtime, agent.pid, { extra: fails }), RangeError);
    assert.equal(await sys.getState(runtime, agent.pid), 1);
    const other = defineServer({
      init: () => 0,
      handleCall: { get: () => reply('new') },
      codeChange: () => 5,
    });
    await sys.changeCode(runtime, agent.pid, { module: other });
    await sys.resume(runtime, agent.pid);
    assert.deepEqual(
      [await sys.getState(runtime, agent.pid), await runtime.call(agent.pid, 'get')],
      [5, 'new'],
    );
  },

  'a supervisor takes other specs: known children go on, others stay and are the youngest': async (
    runtime,
  ) => {
    const child = (/** @type {string} */ id) => ({
      id,
      start: (/** @type {Self} */ self) => self.spawnLink({ receive: () => {} }),
    });
    const supervisor = await Supervisor.start(runtime, { children: ['old', 'a', 'b'].map(child) });
    const before = await Supervisor.whichChildren(runtime, supervisor);
    await sys.suspend(runtime, supervisor);
    await sys.changeCode(runtime, supervisor, { extra: { children: ['b', 'a', 'new'].map(child) } });
    await sys.resume(runtime, supervisor);
    const after = await Supervisor.whichChildren(runtime, supervisor);
    assert.deepEqual(
      after.map(({ id, status }) => `${id} ${status}`),
      ['old running', 'new notRunning', 'a running', 'b running'],
    );
    for (const { id, pid } of before) assert.equal(after.find((each) => each.id === id)?.pid, pid);
  },

  'a supervisor with one spec for all takes no other': async (runtime) => {
    const supervisor = await DynamicSupervisor.start(runtime, { child: serversSpec(slow) });
    const started = [
      await DynamicSupervisor.startChildWith(runtime, supervisor, undefined),
      await DynamicSupervisor.startChild(runtime, supervisor, serversSpec(slow), undefined),
    ];
    assert.deepEqual(
      started.map(({ kind }) => kind),
      ['ok', 'error'],
    );
    assert.equal((await DynamicSupervisor.countChildren(runtime, supervisor)).specs, 1);
  },

  'an ignored supervisor ends normal': async (runtime) => {
    const ends = /** @type {unknown[]} */ ([]);
    runtime.events.on('process:exit', ({ reason }) => ends.push(reason));
    await assert.rejects(
      Supervisor.start(runtime, () => ignore()),
      { reason: 'ignore' },
    );
    assert.deepEqual(ends, ['normal']);
  },

  'a script becomes a server, under no name but its own': async (runtime) => {
    const server = defineServer({ init: () => 0, handleCall: { get: (_, _from, state) => reply(state) } });
    const enter = (/** @type {string} */ name) =>
      runtime.spawn((self) => {
        self.register('own');
        return GenServer.enterLoop(self, server, 7, { name });
      });
    const wrong = enter('other');
    assert.equal(/** @type {{ code: string }} */ (await runtime.ended(wrong)).code, 'OTP_BAD_ARGUMENT');
    const pid = enter('own');
    await settle();
    assert.equal(await runtime.call(pid, 'get'), 7);
  },

  'a report hides what is to be hidden': async (runtime) => {
    const crashes = /** @type {unknown[]} */ ([]);
    runtime.events.on('process:crash', ({ state, lastMessage }) => crashes.push(state, lastMessage));
    const server = defineServer({
      init: () => 'secret',
      handleInfo: () => stop('over'),
      formatStatus: () => ({ state: 'shown', message: 'message' }),
    });
    const { pid } = await GenServer.start(runtime, server, undefined);
    runtime.send(pid, 'secret');
    await settle();
    assert.deepEqual(crashes, ['shown', 'message']);
  },

  'a pending delay is updated, and comes at its time': async (runtime) => {
    const log = /** @type {unknown[]} */ ([]);
    const machine = createMachine({
      on: {
        set: { actions: raise({ type: 'late' }, { id: 'late', delay: 100 }) },
        update: { actions: updateDelay('late', { type: 'updated' }) },
        '*': { actions: ({ event }) => void log.push(event.type) },
      },
    });
    const ref = await StateMachine.start(runtime, machine);
    ref.send({ type: 'set' });
    await settle();
    await runtime.clock.advance(60);
    ref.send({ type: 'update' });
    await settle();
    await runtime.clock.advance(39);
    assert.deepEqual(log, []);
    await runtime.clock.advance(1);
    assert.deepEqual(log, ['updated']);
    ref.send({ type: 'update' });
    ref.send({ type: 'late' });
    await settle();
    assert.deepEqual(log, ['updated', 'updated', 'late']);
  },

  'a machine is pushed with its state and what it has postponed, and popped once': async (runtime) => {
    const log = /** @type {unknown[]} */ ([]);
    const note = (/** @type {string} */ name) => () => void log.push(name);
    const states = { a: { on: { move: 'b', later: { actions: postpone } } }, b: {} };
    const inner = createMachine({
      id: 'inner',
      initial: 'a',
      states: { ...states, b: { on: { later: { actions: note('later') } } } },
      on: { say: { actions: note('inner') }, pop: { actions: popMachine } },
    });
    const outer = createMachine({
      id: 'outer',
      initial: 'a',
      states,
      on: {
        push: { actions: pushMachine(inner) },
        say: { actions: note('outer') },
        pop: { actions: popMachine },
      },
    });
    const ref = await StateMachine.start(runtime, outer);
    const ended = runtime.ended(ref.pid);
    for (const type of ['later', 'say', 'push', 'say', 'move', 'pop', 'say']) ref.send({ type });
    assert.equal((await ref.snapshot()).value, 'b');
    assert.deepEqual(log, ['outer', 'inner', 'later', 'outer']);
    ref.send({ type: 'pop' });
    assert.equal(/** @type {{ code: string }} */ (await ended).code, 'OTP_BAD_ARGUMENT');
  },

  'a script that has not begun has no message': async (runtime) => {
    const pid = runtime.spawn((self) => self.receive());
    assert.equal(runtime.processInfo(pid)?.mailboxLength, 0);
    runtime.send(pid, 'one');
    assert.deepEqual(runtime.processInfo(pid, ['messages']), { messages: ['one'] });
  },
};

/** The first rule that does not hold, in one line; undefined if all do. */
export async function firstBrokenRule() {
  for (const [rule, holds] of Object.entries(rules)) {
    const runtime = testRuntime({ leftovers: 'end' });
    try {
      await holds(runtime);
    } catch (error) {
      return `${rule}: ${String(error).split('\n')[0]}`;
    }
    await runtime[Symbol.asyncDispose]();
  }
  return undefined;
}
