import * as exported from '../src/index.ts';
import {
  CallExitError,
  formatExitReason,
  isCleanExit,
  isShutdown,
  Ref,
  StartFailedError,
} from '../src/index.ts';

const shutdownError = Object.assign(new Error('no shutdown'), { shutdown: true });

test.each([
  ['normal', true, false],
  ['shutdown', true, true],
  [{ shutdown: 'maintenance' }, true, true],
  [{ shutdown: undefined }, true, true],
  ['killed', false, false],
  ['kill', false, false],
  [undefined, false, false],
  [null, false, false],
  [Object.create({ shutdown: 1 }), false, false],
  [shutdownError, false, false],
])('the reason %p is recognised by its shape: clean %p, shutdown %p', (reason, clean, shutdown) => {
  expect(isCleanExit(reason)).toBe(clean);
  expect(isShutdown(reason)).toBe(shutdown);
});

test.each([
  ['normal', 'normal'],
  [new TypeError('broken'), 'TypeError: broken'],
  [{ shutdown: 'maintenance' }, '{shutdown, maintenance}'],
  [{ shutdown: new Error('broken') }, '{shutdown, Error: broken}'],
  [{ code: 7 }, '{ code: 7 }'],
  [new Error('two\n  lines, \u001b[31mred'), 'Error: two lines, \ufffd[31mred'],
  [
    {
      shutdown: {
        failedToStartChild: 'web',
        reason: { shutdown: { failedToStartChild: 'listener', reason: new Error('the port is taken') } },
      },
    },
    "child 'web' could not be started: child 'listener' could not be started: Error: the port is taken",
  ],
  [
    { shutdown: { failedToStartChild: 'web', reason: undefined } },
    "child 'web' could not be started: its start answered undefined, and no pid",
  ],
  [
    {
      [Symbol.for('nodejs.util.inspect.custom')]() {
        throw new Error('cannot be shown');
      },
    },
    'a reason that cannot be shown',
  ],
  [{ failedToStartChild: Object.create(null), reason: 'over' }, 'a reason that cannot be shown'],
  [undefined, 'undefined'],
])('the reason %p is put on one line', (reason, line) => {
  expect(formatExitReason(reason)).toBe(line);
});

test('an error says what went wrong, by its class and a code of its own', () => {
  const error = new CallExitError('the call x', 'over');
  expect(error).toMatchObject({
    name: 'CallExitError',
    code: 'OTP_CALL_EXIT',
    reason: 'over',
    cause: 'over',
  });
  const codes = Object.entries(exported)
    .filter(([name]) => name.endsWith('Error') && name !== 'OtpError')
    .map(([, Class]) => Reflect.construct(Class as new () => { code: string }, ['it', []]).code);
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of codes) expect(code).toMatch(/^OTP_[A-Z_]+$/);
});

test('references print as numbers of their own', () => {
  const [one, other] = [new Ref(), new Ref()];
  expect(String(one)).toMatch(/^#Ref<\d+>$/);
  expect(String(one)).toBe(String(one));
  expect(String(other)).not.toBe(String(one));
});

test('a start that has failed names the error at the bottom as its cause', () => {
  const bottom = new Error('the port is taken');
  const reason = {
    shutdown: { failedToStartChild: 'web', reason: { shutdown: { failedToStartChild: 1, reason: bottom } } },
  };
  expect(new StartFailedError('the supervisor', reason)).toMatchObject({ cause: bottom, reason });
  expect(new StartFailedError('the server', 'ignore').cause).toBe('ignore');
});
