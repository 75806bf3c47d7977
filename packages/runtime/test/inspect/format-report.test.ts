import { inspect as nodeInspect } from 'node:util';
import {
  defineServer,
  formatReport,
  GenServer,
  type ProcessCrashed,
  type RuntimeEventMap,
  type RuntimeEventName,
  Supervisor,
  type SupervisorReport,
  stop,
} from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Nursery } from '../support/nursery.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const deep = { one: { two: { three: { four: { five: { six: 'bottom' } } } } } };

/** The crash report of a server with a deep state, by an error or with a plain reason. */
async function crash(runtime: TestRuntime, reason: unknown): Promise<ProcessCrashed> {
  const crashes: ProcessCrashed[] = [];
  runtime.events.on('process:crash', (event) => crashes.push(event));
  const server = defineServer({
    name: 'deep',
    init: () => deep,
    handleInfo: () => stop(reason as string),
  });
  const { pid } = await GenServer.start(runtime, server, undefined, { name: 'well' });
  runtime.send(pid, { bucket: ['a\nb'] });
  await settle();
  return crashes[0] as ProcessCrashed;
}

describe('a crash report', () => {
  test('is put into text in full: who, why, what it was doing and with what [Y-23]', async () => {
    await using runtime = new TestRuntime();
    const event = await crash(runtime, new RangeError('too deep'));
    const lines = formatReport('process:crash', event).split('\n');
    expect(lines[0]).toBe(`process ${event.pid} (well) crashed`);
    expect(lines[1]).toBe('  reason: RangeError: too deep');
    // The stack of the error, and then the fields after it.
    expect(lines[2]).toMatch(/^ +at /);
    const fields = lines.filter((line) => /^ {2}\w/.test(line)).map((line) => line.trim().split(':')[0]);
    expect(fields).toEqual([
      'reason',
      'behaviour',
      'initial call',
      'parent',
      'ancestors',
      'links',
      'last message',
      'state',
    ]);
    expect(lines).toContain('  initial call: deep.init');
  });

  test('or in one line, without the stack [Y-23]', async () => {
    await using runtime = new TestRuntime();
    const event = await crash(runtime, new RangeError('too deep\nby far'));
    const text = formatReport('process:crash', event, { singleLine: true });
    expect(text).not.toContain('\n');
    expect(text).toMatch(
      /^process <[\d.]+> \(well\) crashed; reason: RangeError: too deep by far; behaviour: GenServer; /,
    );
    expect(text).toMatch(/; last message: \{ bucket: \[ 'a\\nb' \] \}; state: \{ one: .*\}$/);
  });

  test.each([true, false])(
    'within limits of depth and of length; singleLine: %s [Y-23]',
    async (singleLine) => {
      await using runtime = new TestRuntime();
      const event = await crash(runtime, 'over');
      const text = (format: object) => formatReport('process:crash', event, { singleLine, ...format });
      expect(text({ depth: 1 })).toContain('[Object]');
      expect(text({ depth: 1 })).not.toContain('three');
      expect(text({})).not.toContain('bottom');
      expect(text({ depth: 'unlimited' })).toContain('bottom');
      const whole = text({ charsLimit: 'unlimited' });
      for (const charsLimit of [1, 2, 40, whole.length - 1]) {
        expect(text({ charsLimit })).toBe(`${whole.slice(0, charsLimit - 1)}…`);
      }
      expect(text({ charsLimit: whole.length })).toBe(whole);
    },
  );
});

test('the reports of a supervisor are put into text too [Y-23]', async () => {
  await using runtime = new TestRuntime();
  const nursery = new Nursery(runtime);
  const supervisor = await Supervisor.start(runtime, { children: [nursery.spec('a')] });
  const pid = nursery.pid('a');
  await nursery.end('a');
  const [report] = nursery.reports as [SupervisorReport];
  expect(formatReport('supervisor:report', report)).toBe(
    `supervisor ${supervisor}, childTerminated: a ${pid}\n  reason: crash`,
  );
  expect(formatReport('supervisor:report', report, { singleLine: true })).toBe(
    `supervisor ${supervisor}, childTerminated: a ${pid}; reason: crash`,
  );
});

test('every event can be put into text [Y-23]', async () => {
  await using runtime = new TestRuntime();
  const { pid } = new Puppet(runtime);
  const none = { name: undefined, label: undefined };
  const events: { readonly [Name in RuntimeEventName]: RuntimeEventMap[Name] } = {
    'process:spawn': { pid, parent: undefined, behaviour: 'GenServer' },
    'process:exit': { pid, ...none, label: 'the last', reason: { shutdown: 1 } },
    'process:crash': {
      pid,
      ...none,
      reason: 'over',
      parent: undefined,
      ancestors: [],
      initialCall: 'x.init',
      links: [pid],
      behaviour: 'Process',
    },
    'supervisor:report': {
      supervisor: pid,
      context: 'shutdownError',
      reason: 'killed',
      id: undefined,
      pid,
      count: 3,
    },
    'supervisor:progress': { supervisor: pid, id: 'a', pid },
    'server:trace': { pid, name: 'traced', text: 'got 1', event: undefined },
    'handler:failed': { manager: pid, handler: 'log', reason: 'over', lastMessage: 1, state: 2 },
    'message:unhandled': { pid, to: pid, message: 'what?' },
    'callback:failed': { error: 'over' },
  };
  const texts = Object.entries(events).map(([name, event]) =>
    formatReport(name as RuntimeEventName, event as never, { singleLine: true }).replaceAll(
      String(pid),
      '<P>',
    ),
  );
  expect(texts).toEqual([
    'process <P> was spawned; behaviour: GenServer; parent: undefined',
    'process <P> (the last) ended; reason: { shutdown: 1 }',
    'process <P> crashed; reason: over; behaviour: Process; initial call: x.init; parent: undefined; ancestors: []; links: [ <P> ]',
    'supervisor <P>, shutdownError: <P>; reason: killed; children: 3',
    'supervisor <P> has started a <P>',
    'server <P> (traced): got 1',
    'handler log of <P> failed; reason: over; last message: 1; state: 2',
    'process <P> has no use for a message; message: what?',
    'a callback failed; reason: over',
  ]);
});

test.each([
  [{ depth: 0 }, "depth must be a whole number > 0 or 'unlimited', not 0"],
  [{ charsLimit: -1 }, "charsLimit must be a whole number > 0 or 'unlimited', not -1"],
  [{ singleLine: 1 }, 'singleLine must be a boolean, not 1'],
  [{ limit: 1 }, "an option of a report must be one of singleLine, depth, charsLimit, not 'limit'"],
])('%j is refused by name', (format, message) => {
  expect(() => formatReport('callback:failed', { error: 1 }, format as never)).toThrow(message);
});

test.each([false, true])(
  'what throws when it is looked at hides nothing else (singleLine: %p)',
  async (singleLine) => {
    await using runtime = new TestRuntime();
    const { pid } = new Puppet(runtime);
    const shy = {
      [nodeInspect.custom]() {
        throw new Error('do not look');
      },
    };
    const text = formatReport('message:unhandled', { pid, to: pid, message: shy }, { singleLine });
    expect(text).toContain('message: a value that cannot be shown');
  },
);
