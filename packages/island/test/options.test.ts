import { BadOptionError, islandEvents, type ServerOptions, ThousandIsland } from '../src/index.ts';
import { serverConfig } from '../src/server-config.ts';
import { TestRuntime } from './support/test-island.ts';

const nothing: readonly unknown[] = [];
const notWhole = ['80', true, {}, [], null, Number.NaN, 1.5, -1, Number.POSITIVE_INFINITY, 10n];
const words = ['Infinity', 'never', '5000', ''];
const callbacks = [
  'init',
  'handleConnection',
  'handleData',
  'handleClose',
  'handleError',
  'handleShutdown',
  'handleDrain',
  'startConnection',
  'handleTimeout',
  'handleInfo',
  'handleContinue',
];

/** For every option, values that it cannot have. The compiler sees to it that none is forgotten. */
const impossible: Required<{ [Option in keyof ServerOptions]: readonly unknown[] }> = {
  handler: [null, 5, 'echo', () => {}],
  handlerOptions: nothing,
  port: [...notWhole, 65_536, 1e9],
  host: [5, '', {}, null, true],
  transport: [{}, 'tcp', null, { listen: true }],
  acceptors: [...notWhole, 0, 1e9],
  maxConnections: [...notWhole, ...words],
  maxTotalConnections: [...notWhole, ...words],
  whenFull: ['wait', 5, {}, null, true, ''],
  alarms: ['many', 5, null, []],
  maxConnectionsRetryCount: [...notWhole, 'infinity'],
  maxConnectionsRetryWait: [...notWhole, 'infinity'],
  maxAcceptQueue: [...notWhole, 'infinity'],
  readTimeout: [...notWhole, ...words],
  handshakeTimeout: [...notWhole, ...words],
  sendTimeout: [...notWhole, ...words],
  maxSendBuffer: [...notWhole, 'infinity'],
  shutdownTimeout: [...notWhole, ...words, 'brutal_kill'],
  drainDelay: [...notWhole, 'infinity'],
  drainWindow: [...notWhole, 'infinity'],
  silentTerminateOnError: ['yes', 1, 0, null, {}],
  containment: ['yes', 1, 0, null, {}],
  backlog: [...notWhole, 0, 65_536],
  noDelay: ['yes', 1, 0, null, {}],
  keepAlive: ['yes', 1, 999, 1000.5, null, {}],
  packet: ['lines', 3, 8, '4', null, {}],
  packetSize: [...notWhole, 0, 1024],
  lineDelimiter: [...notWhole, 10],
  proxyProtocol: ['on', true, 5, null],
  name: ['', 5, {}, null, true],
  label: ['', 5, {}, null, true],
  events: ['bus', 5, {}, null, true],
};

/** For every option, values at its edges that it can have. */
const possible: Partial<Record<keyof ServerOptions, readonly unknown[]>> = {
  port: [0, 1, 65_535],
  host: ['127.0.0.1', '::1', 'localhost'],
  acceptors: [1, 10_000],
  maxConnections: [0, 1, 'infinity'],
  maxTotalConnections: [0, 1, 'infinity'],
  whenFull: ['retry', 'park'],
  alarms: [{}, { many: { threshold: 1, callback: () => {} } }],
  maxConnectionsRetryCount: [0],
  maxConnectionsRetryWait: [0],
  maxAcceptQueue: [0],
  readTimeout: [0, 'infinity'],
  handshakeTimeout: [0, 'infinity'],
  sendTimeout: [0, 'infinity'],
  maxSendBuffer: [0],
  shutdownTimeout: [0, 'infinity', 'brutalKill'],
  drainDelay: [0, 5_000],
  drainWindow: [0, 30_000],
  silentTerminateOnError: [true, false],
  containment: [true, false],
  backlog: [1, 65_535],
  noDelay: [true, false],
  keepAlive: [true, false, 1_000],
  packet: ['raw', 'line', 1, 2, 4],
  proxyProtocol: [
    'off',
    'optional',
    'required',
    { mode: 'off' },
    { mode: 'required', timeout: 'infinity', trustedSources: ['10.0.0.0/8', 'unix'], maxHeaderBytes: 16 },
  ],
  name: ['front', Symbol('front')],
  label: ['front'],
  events: [islandEvents()],
};

function refusalOf(options: object): BadOptionError {
  try {
    serverConfig(options as ServerOptions);
  } catch (error) {
    if (error instanceof BadOptionError) return error;
    throw error;
  }
  throw new Error('the options were accepted');
}

function pairs(table: Partial<Record<string, readonly unknown[]>>): [string, unknown][] {
  return Object.entries(table).flatMap(([option, values]) =>
    (values ?? []).map((value): [string, unknown] => [option, value]),
  );
}

test('the table names every option that there is', () => {
  const { message } = refusalOf({ handler: {}, unheardOf: 1 });
  const known = message.slice(message.indexOf('there are ') + 'there are '.length).split(', ');
  expect(Object.keys(impossible).sort()).toEqual(known.sort());
});

describe('an option with an impossible value is refused by name', () => {
  test.each(pairs(impossible))('%s: %p', (option, value) => {
    const refusal = refusalOf({ handler: {}, [option]: value });
    expect(refusal.option).toBe(option);
    expect(refusal.code).toBe('ISLAND_BAD_OPTION');
    expect(refusal.message).toContain(`the option ${option} must be`);
  });

  test.each(callbacks)('handler.%s: what is no function', (callback) => {
    const refusal = refusalOf({ handler: { [callback]: 'no function' } });
    expect(refusal.option).toBe(`handler.${callback}`);
    expect(refusal.message).toContain('a function');
  });

  test.each(['handleCall', 'handleCast'])('handler.%s: what is no table of functions', (table) => {
    expect(refusalOf({ handler: { [table]: () => {} } }).option).toBe(`handler.${table}`);
    expect(refusalOf({ handler: { [table]: null } }).option).toBe(`handler.${table}`);
    expect(refusalOf({ handler: { [table]: { add: 5 } } }).option).toBe(`handler.${table}.add`);
  });
});

describe('an alarm that cannot be is refused by name', () => {
  const callback = (): void => {};
  test.each([
    ['alarms.many', 5],
    ['alarms.many', null],
    ['alarms.many.threshold', { callback }],
    ['alarms.many.threshold', { callback, threshold: 0 }],
    ['alarms.many.callback', { threshold: 5 }],
    ['alarms.many.cooldown', { threshold: 5, callback, cooldown: -1 }],
    ['alarms.many.cooldowm', { threshold: 5, callback, cooldowm: 1 }],
  ])('%s: %p', (option, many) => {
    expect(refusalOf({ handler: {}, alarms: { many } }).option).toBe(option);
  });
});

test('a handler that starts its own processes has no other callbacks', () => {
  const startConnection = (): never => {
    throw new Error('not started');
  };
  const refusal = refusalOf({ handler: { startConnection, handleData: () => {}, handleCall: {} } });
  expect(refusal.option).toBe('handler.startConnection');
  expect(refusal.message).toContain('handleData, handleCall');
});

describe('an option of the frames, or of the PROXY header, that is impossible beside others is refused by name', () => {
  test.each([
    ['packetSize', { packet: 'line', packetSize: 0 }],
    ['packetSize', { packet: 2, packetSize: 'much' }],
    ['lineDelimiter', { packet: 4, lineDelimiter: 10 }],
    ['lineDelimiter', { packet: 'line', lineDelimiter: 256 }],
    ['proxyProtocol.mode', { proxyProtocol: {} }],
    ['proxyProtocol.mode', { proxyProtocol: { mode: 'on' } }],
    ['proxyProtocol.timeout', { proxyProtocol: { mode: 'required', timeout: -1 } }],
    ['proxyProtocol.trusted', { proxyProtocol: { mode: 'required', trusted: [] } }],
    ['trustedSources[0]', { proxyProtocol: { mode: 'required', trustedSources: ['10.0.0.0/40'] } }],
    ['trustedSources', { proxyProtocol: { mode: 'off', trustedSources: '10.0.0.1' } }],
    ['maxHeaderBytes', { proxyProtocol: { mode: 'optional', maxHeaderBytes: 5 } }],
  ])('%s in %j', (option, options) => {
    expect(refusalOf({ handler: {}, ...options }).option).toBe(option);
  });
});

test('the handler is required', () => {
  expect(refusalOf({}).option).toBe('handler');
});

test.each([undefined, null, 5, 'options'])('options that are %p are refused', (options) => {
  expect(refusalOf(options as never).message).toContain('the options must be an object');
});

test.each(['prot', 'numAcceptors', 'toString', '__proto__'])(
  'an unknown option is refused by name: %s',
  (option) => {
    const refusal = refusalOf(Object.defineProperty({ handler: {} }, option, { value: 1, enumerable: true }));
    expect(refusal.option).toBe(option);
    expect(refusal.message).toContain(`there is no option ${option}`);
    expect(refusal.message).toContain('readTimeout');
  },
);

test.each(pairs(possible))('%s can be %p', (option, value) => {
  expect(() => serverConfig({ handler: {}, [option]: value })).not.toThrow();
});

test('an option that is undefined has its default', () => {
  const undefinedOptions = Object.fromEntries(Object.keys(impossible).map((option) => [option, undefined]));
  expect({ ...serverConfig({ ...undefinedOptions, handler: {} }), events: 0 }).toEqual({
    ...serverConfig({ handler: {} }),
    events: 0,
  });
});

test('the defaults are those that the documentation tells', () => {
  expect(serverConfig({ handler: {} })).toMatchObject({
    port: 4_000,
    host: undefined,
    acceptors: 10,
    maxConnections: 16_384,
    maxTotalConnections: Number.POSITIVE_INFINITY,
    whenFull: 'retry',
    alarms: [],
    maxConnectionsRetryCount: 5,
    maxConnectionsRetryWait: 1_000,
    maxAcceptQueue: 1_024,
    readTimeout: 60_000,
    sendTimeout: 30_000,
    maxSendBuffer: 16 * 1024 * 1024,
    shutdownTimeout: 15_000,
    drainDelay: 0,
    drainWindow: 0,
    backlog: 1_024,
    noDelay: true,
    keepAlive: false,
    framing: undefined,
    proxyProtocol: undefined,
    name: undefined,
    label: 'server',
    events: expect.anything(),
  });
});

test('start, startLink and childSpec all refuse, and start nothing', async () => {
  await using runtime = new TestRuntime();
  const options = { handler: {}, port: 'http' } as never;
  await expect(ThousandIsland.start(options, runtime)).rejects.toBeInstanceOf(BadOptionError);
  expect(() => ThousandIsland.childSpec(options)).toThrow(BadOptionError);
  const linked = runtime.spawn(async (self) => {
    await ThousandIsland.startLink(self, options);
  });
  expect(await runtime.ended(linked)).toBeInstanceOf(BadOptionError);
  expect(runtime.processCount).toBe(0);
});
