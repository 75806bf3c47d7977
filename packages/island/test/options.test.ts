import { BadOptionError, islandEvents, type ServerOptions, ThousandIsland } from '../src/index.ts';
import { listenPlace } from '../src/listen-options.ts';
import { changedConfig } from '../src/live-options.ts';
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
  ipv6Only: ['yes', 1, 0, null, {}],
  path: [5, '', {}, null, true, '\0', '/run/a\0b'],
  socketMode: [...notWhole, '660', 0o1777],
  socketOwner: ['root', 0, null, {}],
  fd: [...notWhole, 2 ** 31],
  listenSockets: [...notWhole, 0, 11],
  postListen: ['yes', 1, null, {}],
  transport: [{}, 'tcp', null, { listen: true }],
  acceptors: [...notWhole, 0, 1e9],
  maxConnections: [...notWhole, ...words],
  maxTotalConnections: [...notWhole, ...words],
  whenFull: ['wait', 5, {}, null, true, ''],
  alarms: ['many', 5, null, []],
  maxConnectionsRetryCount: [...notWhole, 'infinity'],
  maxConnectionsRetryWait: [...notWhole, 'infinity'],
  maxAcceptQueue: [...notWhole, 'infinity'],
  descriptorReserve: [...notWhole, 'infinity'],
  acceptBackoff: [...notWhole, 0, 60_001],
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
  ipv6Only: [true, false],
  path: ['/run/app.sock', 'app.sock', '\0app'],
  fd: [0, 3],
  listenSockets: [1],
  postListen: [() => {}],
  descriptorReserve: [0, 1_000_000],
  acceptBackoff: [1, 60_000],
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

describe('a callback that is misspelt', () => {
  test.each([
    ['handle_data', 'handleData'],
    ['handledata', 'handleData'],
    ['handleDatta', 'handleData'],
    ['handelError', 'handleError'],
    ['handleCasts', 'handleCast'],
    ['int', 'init'],
  ])('is refused: %s', (name, meant) => {
    const { option, message } = refusalOf({ handler: { [name]: () => {} } });
    expect(option).toBe(`handler.${name}`);
    expect(message).toBe(`a handler has no callback ${name}: is ${meant} what is meant?`);
  });

  test('is not what is called otherwise, nor what a class has of its own', () => {
    class Own {
      handleDate = (): void => {};
    }
    const others = { handleLine: () => {}, quotes: [], greeting: 'hello' };
    expect(serverConfig({ handler: others as object }).handler).toBe(others);
    expect(serverConfig({ handler: new Own() as object }).handler).toBeInstanceOf(Own);
  });
});

test.each([
  [
    'a promise of one',
    Promise.resolve({ handleData: () => {} }),
    'must be a handler: await the promise, not',
  ],
  [
    'the module that exports one',
    { __proto__: null, default: { handleData: () => {} } },
    'must be a handler, such as the default export of this module, not',
  ],
])('a handler is not %s', (_what, wrapped, message) => {
  expect(refusalOf({ handler: wrapped as object }).message).toContain(`the option handler ${message}`);
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

test.each(['prot', 'toString', '__proto__'])('an unknown option is refused by name: %s', (option) => {
  const refusal = refusalOf(Object.defineProperty({ handler: {} }, option, { value: 1, enumerable: true }));
  expect(refusal.option).toBe(option);
  expect(refusal.message).toContain(`there is no option ${option}`);
  expect(refusal.message).toContain('readTimeout');
});

describe('an option of gen_tcp, ranch or Thousand Island', () => {
  test.each([
    ['num_acceptors', 'here it is called acceptors'],
    ['numAcceptors', 'here it is called acceptors'],
    ['num_connections', 'here it is called maxConnections'],
    ['num_listen_sockets', 'here it is called listenSockets'],
    ['max_connections_retry_wait', 'here it is called maxConnectionsRetryWait'],
    ['nodelay', 'here it is called noDelay'],
    ['post_listen_callback', 'here it is called postListen'],
    ['read_timeout', 'here it is called readTimeout'],
    ['genserver_options', 'init is given its Self'],
    ['num_conns_sups', 'one supervisor of connections for each acceptor'],
    ['connection_type', 'startConnection'],
    ['logger', 'attach a Logger'],
    ['socket_opts', "the server's own"],
    ['shutdown', 'here it is called shutdownTimeout'],
    ['linger', 'Node.js has no way to set it; a connection that is closed says goodbye first'],
    ['recbuf', 'Node.js has no way to set it'],
    ['sndbuf', 'Node.js has no way to set it'],
    ['tos', 'Node.js has no way to set it'],
    ['priority', 'Node.js has no way to set it'],
    ['raw', 'nor any other by its number'],
    ['exclusiveaddruse', 'it is of Windows'],
    ['reuseaddr', 'Node.js sets it always'],
    ['reuseAddress', 'Node.js sets it always'],
    ['active', 'reading pauses by itself'],
    ['exit_on_close', 'an answer always gets out'],
    ['allowHalfOpen', 'an answer always gets out'],
    ['high_watermark', 'maxSendBuffer is the bound'],
  ])('%s is refused by name, and told why: %s', (option, why) => {
    const refusal = refusalOf({ handler: {}, [option]: 1 });
    expect(refusal.option).toBe(option);
    expect(refusal.message).toContain(`option ${option}: `);
    expect(refusal.message).toContain(why);
  });
});

describe('options of where to listen are refused together', () => {
  const path = '/run/app.sock';
  test.each([
    [{ path, port: 4000 }, 'port', 'must be absent (or 0) where path says where to listen'],
    [{ path, host: '::' }, 'host', 'must be absent where path says where to listen'],
    [{ path, ipv6Only: true }, 'ipv6Only', 'must be absent where path says where to listen'],
    [{ path, fd: 3 }, 'fd', 'must be absent where path says where to listen'],
    [{ fd: 3, port: 80 }, 'port', 'must be absent (or 0) where fd says where to listen'],
    [{ fd: 3, host: '::' }, 'host', 'must be absent where fd says where to listen'],
    [{ socketMode: 0o660 }, 'socketMode', 'is for a path: there is no path'],
    [{ socketOwner: { uid: 1 } }, 'socketOwner', 'is for a path: there is no path'],
    [{ path: '\0app', socketMode: 0o660 }, 'socketMode', 'an abstract socket has no file'],
    [{ path, socketOwner: { uid: -1 } }, 'socketOwner.uid', 'must be a whole number'],
    [{ path, socketOwner: { user: 1 } }, 'socketOwner.user', 'there are uid, gid'],
    [{ path, listenSockets: 2 }, 'listenSockets', 'must be 1 with path: only a port can be shared'],
    [{ fd: 3, listenSockets: 2 }, 'listenSockets', 'must be 1 with fd: only a port can be shared'],
    [{ acceptors: 2, listenSockets: 3 }, 'listenSockets', 'at most the number of acceptors, 2'],
  ])('%p', (options, option, why) => {
    const refusal = refusalOf({ handler: {}, ...options });
    expect(refusal.option).toBe(option);
    expect(refusal.message).toContain(why);
  });

  test('a running server keeps an acceptor for each of its listen sockets', () => {
    const config = { ...serverConfig({ handler: {}, acceptors: 4 }), listenSockets: 3 };
    expect(changedConfig(config, { acceptors: 3 }, true).acceptors).toBe(3);
    expect(() => changedConfig(config, { acceptors: 2 }, true)).toThrow(
      'the option acceptors must be at least listenSockets, 3, not 2',
    );
  });

  test.each([
    ['v20.20.2', false],
    ['v22.11.0', false],
    ['v22.12.0', true],
    ['v23.0.0', false],
    ['v23.1.0', true],
    ['v24.0.0', true],
    ['v26.10.0', true],
  ])('several listen sockets are refused by a Node.js that cannot share a port: %s', (version, can) => {
    const place = (): unknown => {
      const none = { port: 0, host: undefined, ipv6Only: undefined, path: undefined, fd: undefined };
      const unix = { socketMode: undefined, socketOwner: undefined };
      return listenPlace({ ...none, ...unix, listenSockets: 2, acceptors: 2 }, version);
    };
    if (can) expect(place()).toMatchObject({ listenSockets: 2 });
    else expect(place).toThrow(`from Node.js 22.12 or 23.1 on, which have reusePort; this is ${version}`);
  });
});

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
    ipv6Only: false,
    unix: undefined,
    fd: undefined,
    listenSockets: 1,
    descriptorReserve: 64,
    acceptBackoff: 100,
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
