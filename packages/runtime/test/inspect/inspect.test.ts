import { inspect as nodeInspect } from 'node:util';
import {
  BadArgumentError,
  defineServer,
  format,
  GenServer,
  inspect,
  noReply,
  reply,
  type Self,
  Supervisor,
  serverSpec,
  sys,
  type TreeNode,
} from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const { custom } = nodeInspect;

const worker = defineServer({
  name: 'worker',
  init: () => ({ jobs: 0 }),
  handleCast: {
    crash(error: Error): never {
      throw error;
    },
    work: () => noReply({ jobs: 1 }),
  },
  describe: ({ jobs }) => ({ details: { jobs } }),
});

/** A process as it stands in a snapshot. */
function leaf(id: string): TreeNode {
  const quiet = { kind: 'worker', status: 'waiting', behaviour: 'worker', restarts: 0, mailboxLength: 0 };
  const module = id.length > 2 ? id : undefined;
  return { ...quiet, id, module, details: {}, children: [] } as unknown as TreeNode;
}

/** A supervisor with so many workers: w1, w2, … */
async function family(runtime: TestRuntime, size: number) {
  const ids = Array.from({ length: size }, (_, index) => `w${index + 1}`);
  const children = ids.map((id) => serverSpec(worker, undefined, { id }));
  return Supervisor.start(runtime, { children }, { name: 'family' });
}

describe('inspect.tree', () => {
  test('shows a supervisor, what it knows of its children, and how they are', async () => {
    await using runtime = new TestRuntime();
    await family(runtime, 2);
    const tree = await inspect.tree(runtime, 'family');
    expect(tree).toMatchObject({
      name: 'family',
      behaviour: 'Supervisor',
      kind: 'supervisor',
      strategy: 'oneForOne',
    });
    expect(tree.children.map(({ id, module, kind, status }) => ({ id, module, kind, status }))).toEqual([
      { id: 'w1', module: 'worker', kind: 'worker', status: 'waiting' },
      { id: 'w2', module: 'worker', kind: 'worker', status: 'waiting' },
    ]);
    expect(JSON.parse(format(tree, 'json'))).toMatchObject({
      pid: tree.pid,
      children: [{ details: { jobs: 0 } }, {}],
    });
  });

  test('tells of restarts, the last exit and what a server says of itself', async () => {
    await using runtime = new TestRuntime();
    await family(runtime, 1);
    const before = await inspect.tree(runtime, 'family');
    const pid = runtime.processes().find((each) => String(each) === before.children[0]?.pid);
    await runtime.clock.advance(10);
    runtime.cast(pid as NonNullable<typeof pid>, 'crash', new Error('broken'));
    await settle();
    const { children, budget } = await inspect.tree(runtime, 'family');
    expect(children[0]).toMatchObject({
      restarts: 1,
      lastExit: { at: 10, reason: 'Error: broken' },
      upMs: 0,
    });
    expect(children[0]?.pid).not.toBe(before.children[0]?.pid);
    expect(budget).toMatchObject({ total: 1, inWindow: 1 });
  });

  test('reads a suspended process without asking it [Y-08]', async () => {
    await using runtime = new TestRuntime();
    const { pid } = await GenServer.start(runtime, worker, undefined);
    await sys.suspend(runtime, pid);
    runtime.send(pid, 'waits');
    await settle();
    const handled = runtime.processInfo(pid)?.messagesHandled;
    await expect(inspect.tree(runtime, pid)).resolves.toMatchObject({
      pid: String(pid),
      status: 'suspended',
      children: [],
    });
    expect(runtime.processInfo(pid)?.messagesHandled).toBe(handled);
  });

  test('of nobody fails with noproc, and of what is no host is refused', async () => {
    await using runtime = new TestRuntime();
    await expect(inspect.tree(runtime, 'nobody')).rejects.toMatchObject({ code: 'OTP_NOPROC' });
    await expect(inspect.tree({} as never, 'nobody')).rejects.toBeInstanceOf(BadArgumentError);
  });
});

describe('format', () => {
  test('draws a line for each process, under its supervisor', async () => {
    await using runtime = new TestRuntime();
    await family(runtime, 3);
    const lines = format(await inspect.tree(runtime, 'family')).split('\n');
    expect(lines.map((line) => line.replace(/<[\d.]+>/, 'PID'))).toEqual([
      expect.stringMatching(/^PID family +Supervisor oneForOne$/),
      expect.stringMatching(/^├─ PID w1 +worker {2}jobs 0$/),
      expect.stringMatching(/^├─ PID w2 +worker {2}jobs 0$/),
      expect.stringMatching(/^└─ PID w3 +worker {2}jobs 0$/),
    ]);
  });

  test('folds many of a kind into the first and a count', async () => {
    await using runtime = new TestRuntime();
    await family(runtime, 40);
    const lines = format(await inspect.tree(runtime, 'family')).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.at(-1)).toBe('└─ … 39 more like it');
  });

  test('draws a tree however many lines it takes', () => {
    const children = Array.from({ length: 150_000 }, (_, index) => leaf(index % 2 === 0 ? 'even' : 'odd'));
    expect(format({ ...leaf('root'), children }).split('\n')).toHaveLength(150_001);
  });

  test('draws a tree however deep it is', () => {
    let tree = leaf('bottom');
    for (let depth = 0; depth < 200; depth++)
      tree = { ...leaf(`at ${depth}`), children: [tree, leaf('a'), leaf('b')] };
    expect(format(tree).split('\n')).toHaveLength(601);
  });

  test('folds branches that look the same, and no others', () => {
    const branch = (...ids: string[]): TreeNode => ({ ...leaf('branch'), children: ids.map(leaf) });
    const children = [branch('x'), branch('y'), branch('z'), branch('x'), branch('x', 'y'), branch('x', 'y')];
    const lines = format({ ...leaf('root'), children }).split('\n');
    expect(lines.map((line) => line.replace(/ {2,}\w+$/, ''))).toEqual([
      '- root',
      '├─ - branch',
      '│  └─ - x',
      '├─ … 3 more like it',
      '├─ - branch',
      '│  ├─ - x',
      '│  └─ - y',
      '└─ - branch',
      '   ├─ - x',
      '   └─ - y',
    ]);
  });

  test('names a child that does not run', () => {
    const gone = {
      kind: 'worker',
      status: 'notRunning',
      id: 'gone',
      restarts: 2,
      mailboxLength: 3,
      details: {},
      children: [],
    };
    expect(format({ ...gone, lastExit: { at: 1, reason: 'over' } } as unknown as TreeNode)).toBe(
      '- gone  (notRunning)  restarted 2×  last exit: over  mailbox 3',
    );
  });

  test('draws a tree of more processes than a function can have arguments', () => {
    const leaf = {
      kind: 'worker',
      status: 'waiting',
      restarts: 0,
      mailboxLength: 0,
      details: {},
      children: [],
    };
    const children = Array.from({ length: 150_000 }, (_, index) => ({ ...leaf, module: `m${index % 2}` }));
    expect(format({ ...leaf, children } as unknown as TreeNode).split('\n')).toHaveLength(150_001);
  });
});

function refuse(): never {
  throw new Error('must not be asked');
}

test.each<[string, (self: Self) => unknown]>([
  ['throws', refuse],
  ['is not there', () => null],
  ['has no details', () => ({ details: null })],
  [
    'has details that throw',
    () => ({ details: Object.defineProperty({}, 'it', { get: refuse, enumerable: true }) }),
  ],
  ['has a detail that cannot be shown', () => ({ details: { it: { [nodeInspect.custom]: refuse } } })],
  ['has a label that is none', () => ({ label: Symbol('label') })],
  ['has children that are no list', () => ({ children: 5 })],
  ['has itself as its child', (self) => ({ children: [{ id: 'self', pid: self.pid, restarts: 0 }] })],
])('a process whose account of itself %s does not hide the others', async (_how, describe) => {
  await using runtime = new TestRuntime();
  const odd = { init: (_: unknown, self: Self) => self, describe: (self: Self) => describe(self) as object };
  const children = [serverSpec(odd, undefined, { id: 'odd' }), serverSpec(worker, undefined, { id: 'even' })];
  const tree = await inspect.tree(runtime, await Supervisor.start(runtime, { children }));
  expect(tree.children.map(({ id }) => id)).toEqual(['odd', 'even']);
  expect(format(tree)).toContain('odd');
  expect(JSON.parse(format(tree, 'json'))).toMatchObject({ children: [{ id: 'odd' }, { id: 'even' }] });
});

test('what a process tells of itself is shown whatever it is, on one line and in JSON', async () => {
  await using runtime = new TestRuntime();
  const circle: Record<string, unknown> = {};
  circle.again = circle;
  const bare = Object.assign(Object.create(null), { deep: { down: 1 } });
  const details = { big: 12n, bare, circle, text: 'two\nlines', nothing: undefined, list: [1, 2] };
  const odd = defineServer({ name: 'odd', init: () => null, describe: () => ({ details }) });
  const { pid } = await GenServer.start(runtime, odd, undefined);
  const tree = await inspect.tree(runtime, pid);
  expect(format(tree)).toContain('odd  big 12n  bare { deep: { down: 1 } }  circle <ref *1>');
  expect(format(tree)).toContain('text two lines  nothing undefined  list [ 1, 2 ]');
  expect(JSON.parse(format(tree, 'json')).details).toMatchObject({
    big: '12n',
    bare: { deep: { down: 1 } },
    circle: expect.stringContaining('[Circular *1]'),
  });
});

test('a process that looks at itself is running', async () => {
  await using runtime = new TestRuntime();
  const seen: unknown[] = [];
  runtime.spawn(async (self) => void seen.push((await inspect.tree(self, self.pid)).status));
  const looker = defineServer({
    init: () => null,
    handleCall: {
      look: (_: undefined, _from, _state, self) =>
        inspect.tree(self, self.pid).then(({ status }) => reply(status)),
    },
  });
  seen.push(await (await GenServer.start(runtime, looker, undefined)).call('look'));
  expect(seen).toEqual(['running', 'running']);
});

test('what JSON would pass over is told in words', async () => {
  await using runtime = new TestRuntime();
  const details = {
    map: new Map([[1, 2]]),
    failure: new RangeError('too far'),
    within: { tags: new Set(['a']) },
    ratio: Number.NaN,
    bytes: Uint8Array.of(7),
    since: new Date(0),
    nothing: null,
  };
  const odd = defineServer({ name: 'odd', init: () => null, describe: () => ({ details }) });
  const { pid } = await GenServer.start(runtime, odd, undefined);
  expect(JSON.parse(format(await inspect.tree(runtime, pid), 'json')).details).toEqual({
    map: 'Map(1) { 1 => 2 }',
    failure: expect.stringContaining('RangeError: too far'),
    within: "{ tags: Set(1) { 'a' } }",
    ratio: 'NaN',
    bytes: 'Uint8Array(1) [ 7 ]',
    since: '1970-01-01T00:00:00.000Z',
    nothing: null,
  });
});

test('what a process tells of itself stays in the snapshot as it was', async () => {
  await using runtime = new TestRuntime();
  const jobs: unknown[] = ['first'];
  const busy = defineServer({ name: 'busy', init: () => null, describe: () => ({ details: { jobs } }) });
  const { pid } = await GenServer.start(runtime, busy, undefined);
  const { details } = await inspect.tree(runtime, pid);
  jobs.push('second', 2n);
  expect(details).toEqual({ jobs: ['first'] });
});

test('what throws when it is looked at keeps nobody from looking at the rest', async () => {
  await using runtime = new TestRuntime();
  const shy = {
    big: 1n,
    [custom]() {
      throw new Error('do not look');
    },
  };
  const odd = defineServer({
    name: 'odd',
    init: () => null,
    describe: () => ({ details: { shy, jobs: 3 } }),
  });
  const { pid } = await GenServer.start(runtime, odd, undefined);
  const tree = await inspect.tree(runtime, pid);
  expect(format(tree)).toContain('odd  shy a value that cannot be shown  jobs 3');
});

test('how long a process has been running is told by the clock of its own runtime', async () => {
  await using runtime = new TestRuntime();
  await using other = new TestRuntime();
  await other.clock.advance(1_000);
  const { pid } = await GenServer.start(runtime, worker, undefined);
  await runtime.clock.advance(7);
  expect((await inspect.tree(other, pid)).upMs).toBe(7);
});
