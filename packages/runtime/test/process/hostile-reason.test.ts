import {
  Agent,
  CallExitError,
  defineServer,
  formatExitReason,
  GenServer,
  isCleanExit,
  isShutdown,
  NoCatchError,
  reply,
  StartFailedError,
  Supervisor,
  stop,
  Task,
} from '../../src/index.ts';
import { TestRuntime } from '../support/test-runtime.ts';

function refuse(): never {
  throw new Error('must not be asked');
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function circular(...fields: string[]): object {
  const reason: Record<string, unknown> = {};
  for (const field of fields) reason[field] = reason;
  return reason;
}

// Reasons that throw, or have no end, when they are looked at.
const HOSTILE: [string, () => object][] = [
  ['a revoked proxy', revoked],
  [
    'a proxy whose traps throw',
    () =>
      new Proxy(
        {},
        {
          get: refuse,
          has: refuse,
          getPrototypeOf: refuse,
          getOwnPropertyDescriptor: refuse,
          ownKeys: refuse,
        },
      ),
  ],
  ['a getter that throws', () => Object.defineProperty({}, 'shutdown', { get: refuse, enumerable: true })],
  ['a shutdown with a revoked proxy', () => ({ shutdown: revoked() })],
  ['a shutdown that holds itself', () => circular('shutdown')],
  ['a failed start that holds itself', () => circular('failedToStartChild', 'reason')],
  [
    'an object that cannot be shown',
    () => ({ [Symbol.for('nodejs.util.inspect.custom')]: refuse, toString: refuse }),
  ],
];

const server = defineServer({
  init: (reason: object | undefined) => (reason === undefined ? 0 : stop(reason)),
  handleCall: {
    stop: (reason: object) => stop(reason),
    leave: (reason: object) => {
      throw reason;
    },
    exit: (reason: object, _from, _state, self) => self.exit(reason),
    later: async (reason: object) => {
      throw reason;
    },
    ping: () => reply('pong'),
  },
});

describe.each(HOSTILE)('a reason that is %s', (_name, make) => {
  test('can be asked about and put in words', () => {
    const reason = make();
    expect(isCleanExit(reason)).toBe(isShutdown(reason));
    expect(typeof formatExitReason(reason)).toBe('string');
    for (const error of [
      new CallExitError('the call', reason),
      new StartFailedError('it', reason),
      new NoCatchError(reason),
    ])
      expect(typeof error.message).toBe('string');
  });

  test('ends a script that throws it, and the others go on', async () => {
    await using runtime = new TestRuntime();
    const agent = await Agent.start(runtime, () => 1);
    const failing = [
      () => {
        throw make();
      },
      async () => {
        throw make();
      },
    ];
    for (const code of failing)
      expect((await runtime.ended(runtime.spawn(code))) instanceof NoCatchError).toBe(true);
    expect(await agent.get((value) => value)).toBe(1);
  });

  test.each(['stop', 'leave', 'exit', 'later'] as const)(
    'ends a server by %s and is told its caller',
    async (how) => {
      await using runtime = new TestRuntime();
      const ref = await GenServer.start(runtime, server, undefined);
      const reason = make();
      const error: unknown = await ref.call(how, reason).catch((caught: unknown) => caught);
      expect(error instanceof CallExitError).toBe(true);
      const told = (error as CallExitError).reason;
      if (how === 'stop' || how === 'exit') expect(told === reason).toBe(true);
      else expect(told instanceof NoCatchError && told.value === reason).toBe(true);
    },
  );

  test('makes a start fail, of a server and of a supervisor', async () => {
    await using runtime = new TestRuntime();
    const starts = [
      GenServer.start(runtime, server, make()),
      Supervisor.start(runtime, {
        children: [{ id: 'it', start: () => ({ kind: 'error', reason: make() }) }],
      }),
      Supervisor.start(runtime, {
        children: [{ id: 'it', start: async () => make() as never }],
      }),
      Supervisor.start(runtime, { children: [{ id: 'it', start: () => make() as never }] }),
    ];
    for (const start of starts) {
      const error: unknown = await start.catch((caught: unknown) => caught);
      expect(error instanceof StartFailedError).toBe(true);
    }
  });

  test('ends the tasks of a stream and not the stream', async () => {
    await using runtime = new TestRuntime();
    const kinds: string[] = [];
    const owner = runtime.spawn(async (self) => {
      self.trapExit(true);
      const fail = (): never => {
        throw make();
      };
      for await (const { kind } of Task.asyncStream(self, [1, 2], fail)) kinds.push(kind);
    });
    expect(await runtime.ended(owner)).toBe('normal');
    expect(kinds).toEqual(['exit', 'exit']);
  });
});
