import { defineServer, Supervisor, serverSpec, taskSpec } from '../../src/index.ts';
import { resolveChildSpec } from '../../src/supervisor/child-spec.ts';
import { Nursery } from '../support/nursery.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const start = () => ({ kind: 'ignore' }) as const;

describe('defaults', () => {
  test('of a worker [S-07]', () => {
    expect(resolveChildSpec({ id: 'a', start })).toEqual({
      id: 'a',
      start,
      restart: 'permanent',
      shutdown: 5_000,
      type: 'worker',
      significant: false,
    });
  });

  test('a supervisor has all the time it needs [S-07]', () => {
    expect(resolveChildSpec({ id: 'a', start, type: 'supervisor' }).shutdown).toBe('infinity');
  });

  test('a supervisor answers with them filled in [S-07]', async () => {
    await using runtime = new TestRuntime();
    const supervisor = await Supervisor.start(runtime, { children: [new Nursery(runtime).spec('a')] });
    expect(await Supervisor.getChildSpec(runtime, supervisor, 'a')).toMatchObject({
      id: 'a',
      restart: 'permanent',
      shutdown: 5_000,
    });
    expect(await Supervisor.getChildSpec(runtime, supervisor, 'b')).toBeUndefined();
  });

  test('a task is temporary, a server is named after its module [S-15]', () => {
    expect(taskSpec('t', () => 1)).toMatchObject({ id: 't', restart: 'temporary' });
    expect(serverSpec(defineServer({ name: 'counter', init: () => 0 }), undefined)).toMatchObject({
      id: 'counter',
    });
    expect(() => serverSpec(defineServer({ init: () => 0 }), undefined)).toThrow('the child needs an id');
  });
});

describe('what is wrong is named', () => {
  const rows: [string, object, string][] = [
    ['no id', { start }, 'the id of a child must be a non-empty string, not undefined'],
    ['an empty id', { id: '', start }, "the id of a child must be a non-empty string, not ''"],
    ['an id of another type', { id: 1, start }, 'the id of a child must be a non-empty string, not 1'],
    ['no start', { id: 'a' }, "start of child 'a' must be a function, not undefined"],
    [
      'a start that is no function',
      { id: 'a', start: 'f' },
      "start of child 'a' must be a function, not 'f'",
    ],
    [
      'restart',
      { id: 'a', start, restart: 'sometimes' },
      "restart of child 'a' must be permanent, transient, temporary, not 'sometimes'",
    ],
    ['type', { id: 'a', start, type: 'boss' }, "type of child 'a' must be worker or supervisor, not 'boss'"],
    ['significant', { id: 'a', start, significant: 1 }, "significant of child 'a' must be a boolean, not 1"],
    ...[-1, 1.5, Number.NaN, '5', 'brutal_kill', null].map((shutdown): [string, object, string] => [
      `shutdown ${shutdown}`,
      { id: 'a', start, shutdown },
      "shutdown of child 'a' must be a whole number of ms >= 0, 'infinity' or 'brutalKill', not ",
    ]),
  ];

  test.each(rows)('%s [S-08]', (_, spec, message) => {
    expect(() => resolveChildSpec(spec)).toThrow(expect.objectContaining({ code: 'OTP_BAD_ARGUMENT' }));
    expect(() => resolveChildSpec(spec)).toThrow(message);
  });

  test.each([undefined, null, 'a', () => 1])('%p is no child spec [S-08]', (spec) => {
    expect(() => resolveChildSpec(spec)).toThrow('a child spec must be an object');
  });

  test('a field that there is not is refused, where OTP would pass it over [S-05]', () => {
    expect(() => resolveChildSpec({ id: 'a', start, restrat: 'permanent' })).toThrow(
      "a field of child 'a' must be one of id, start, restart, shutdown, type, significant, not 'restrat'",
    );
  });

  test('significant, where nobody heeds it [S-12]', async () => {
    const spec = { id: 'a', start, restart: 'transient', significant: true } as const;
    expect(() => resolveChildSpec(spec, 'never')).toThrow("autoShutdown is 'never'");
    expect(resolveChildSpec(spec, 'anySignificant').significant).toBe(true);
    await using runtime = new TestRuntime();
    const supervisor = await Supervisor.start(runtime, {});
    const result = await Supervisor.startChild(runtime, supervisor, spec);
    expect(result).toMatchObject({ kind: 'error', reason: { code: 'OTP_BAD_ARGUMENT' } });
    expect(await Supervisor.whichChildren(runtime, supervisor)).toEqual([]);
  });

  test('significant and permanent [S-13]', () => {
    expect(() => resolveChildSpec({ id: 'a', start, significant: true }, 'anySignificant')).toThrow(
      'a permanent child never ends of itself',
    );
  });
});

test.each([0, 1, 5_000, 'infinity', 'brutalKill'] as const)(
  'shutdown %p is good for workers and supervisors [S-09]',
  (shutdown) => {
    for (const type of ['worker', 'supervisor'] as const) {
      expect(resolveChildSpec({ id: 'a', start, type, shutdown }).shutdown).toBe(shutdown);
    }
  },
);

test('two children with one id [S-10]', () => {
  const children = [
    { id: 'a', start },
    { id: 'a', start },
  ];
  expect(() => Supervisor.childSpec('s', { children })).toThrow(
    'the id of a child must be different from its siblings',
  );
});

test('one bad spec, and none of the children is started; the first bad one is named [S-11]', async () => {
  await using runtime = new TestRuntime();
  const nursery = new Nursery(runtime);
  const children = [
    nursery.spec('a'),
    nursery.spec('b', { shutdown: -1 }),
    nursery.spec('c', { shutdown: -2 }),
  ];
  await expect(Supervisor.start(runtime, { children })).rejects.toThrow("shutdown of child 'b'");
  expect(nursery.log).toEqual([]);
});
