import {
  DynamicSupervisor,
  defineServer,
  inspect,
  Supervisor,
  serverSpec,
  serversSpec,
} from '../../src/index.ts';
import { matchTree, type TestRuntime, testRuntime, treeMatchers } from '../../src/testing/index.ts';

const cache = defineServer({ name: 'cache', init: () => 0 });
const session = defineServer({ name: 'session', init: () => 0 });
const acceptor = (id: string) => Supervisor.childSpec(id, { strategy: 'restForOne', children: [] });

async function app(runtime: TestRuntime) {
  const pid = await Supervisor.start(
    runtime,
    {
      strategy: 'restForOne',
      children: [
        serverSpec(cache, undefined, { restart: 'transient' }),
        DynamicSupervisor.childSpec('sessions'),
        Supervisor.childSpec('acceptors', {
          children: ['acceptor-1', 'acceptor-2', 'acceptor-3'].map(acceptor),
        }),
      ],
    },
    { name: 'app' },
  );
  const [, sessions] = await Supervisor.whichChildren(runtime, pid);
  for (let count = 0; count < 2; count++) {
    await DynamicSupervisor.startChild(runtime, sessions?.pid as never, serversSpec(session), undefined);
  }
  return pid;
}

const SHAPE = `
  app restForOne
  ├─ cache transient
  ├─ sessions DynamicSupervisor
  │  └─ 2 × session
  └─ acceptors oneForOne
     └─ 3 × acceptor-* restForOne
`;

describe('matchTree', () => {
  test.each([
    ['every line', SHAPE],
    ['lines without their lines', SHAPE.replace(/[├└─│]/g, ' ')],
    ['at least so many', SHAPE.replace('2 ×', '1+ ×')],
    ['any number', SHAPE.replace('3 ×', '0+ ×')],
    ['any title', SHAPE.replace('acceptor-*', '*')],
    ['others that stand between', 'app\n ├─ …\n └─ acceptors\n   └─ …'],
    ['others at the end', 'app\n ├─ cache\n └─ …'],
  ])('finds no difference in a shape with %s', async (_what, shape) => {
    await using runtime = testRuntime({ leftovers: 'end' });
    expect(matchTree(await inspect.tree(runtime, await app(runtime)), shape)).toEqual([]);
  });

  test.each([
    ['app', 'root', ['the tree is app, not root']],
    ['restForOne\n', 'oneForAll\n', ['app: is not oneForAll']],
    ['cache transient', 'cache temporary', ['app/cache: is not temporary']],
    ['cache', 'store', ['app: has no child store transient', 'app: has a child cache that is not expected']],
    ['├─ cache transient\n  ', '', ['app: has a child cache that is not expected']],
    ['2 ×', '3 ×', ['app/sessions: has 2 of 3 children session']],
    ['2 × session', 'session', ['app/sessions: has a child session that is not expected']],
    ['3 × acceptor-*', '4+ × acceptor-*', ['app/acceptors: has 3 of 4 children acceptor-* restForOne']],
  ])('says what is different when %p is %p', async (part, instead, found) => {
    await using runtime = testRuntime({ leftovers: 'end' });
    const tree = await inspect.tree(runtime, await app(runtime));
    expect(matchTree(tree, SHAPE.replace(part, instead))).toEqual(found);
  });

  test('wants a child to run, unless the shape says what it does instead', async () => {
    await using runtime = testRuntime({ leftovers: 'end' });
    const pid = await app(runtime);
    await Supervisor.terminateChild(runtime, pid, 'cache');
    const tree = await inspect.tree(runtime, pid);
    expect(matchTree(tree, SHAPE)).toEqual(['app/cache: does not run (notRunning)']);
    expect(matchTree(tree, SHAPE.replace('cache', 'cache notRunning'))).toEqual([]);
  });

  test.each([
    ['', 'at least one line'],
    ['…', 'a process'],
    ['app\nother', 'below the first one'],
    ['app\n   one\n  two', 'as far to the right as its siblings'],
  ])('refuses a shape that cannot be meant: %j', async (shape, message) => {
    await using runtime = testRuntime({ leftovers: 'end' });
    const tree = await inspect.tree(runtime, await app(runtime));
    expect(() => matchTree(tree, shape)).toThrow(message);
  });
});

describe('treeMatchers', () => {
  test('tell a test runner what is different, with the tree', async () => {
    await using runtime = testRuntime({ leftovers: 'end' });
    const tree = await inspect.tree(runtime, await app(runtime));
    expect(treeMatchers.toMatchTree(tree, SHAPE).pass).toBe(true);
    const { pass, message } = treeMatchers.toMatchTree(tree, SHAPE.replace('cache', 'store'));
    expect(pass).toBe(false);
    expect(message()).toMatch(
      /^app: has no child store transient\n.*\n\nThe tree:\n<.* app +Supervisor restForOne/,
    );
  });
});
