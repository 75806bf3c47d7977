import { inspect } from 'node:util';
import { EventBus, type Name } from '@thousand-island/runtime';
import { BadOptionError } from './errors.ts';
import { type IslandEvents, islandEvents } from './events.ts';
import type { AnyHandler, Handler } from './handler.ts';
import type { Transport } from './transport.ts';
import { tcp } from './transports/tcp.ts';

/** A time in ms, or none. */
export type Timeout = number | 'infinity';

/** What a server is started with. Only `handler` is required. Times are in ms. */
export interface ServerOptions<Options = unknown> {
  /** What is done with each connection. */
  readonly handler: Handler<Options, unknown, unknown, unknown>;
  /** Given to the handler's `init`; without one, it is each connection's state as it is. */
  readonly handlerOptions?: Options;
  /** The port to listen on; 4000 unless said, 0 for any that is free. */
  readonly port?: number;
  /** The address to bind; all addresses of the machine unless said. */
  readonly host?: string;
  /** How the server listens; TCP unless said. */
  readonly transport?: Transport;
  /** How many acceptors there are, each with its own connections; 10 unless said. */
  readonly acceptors?: number;
  /** How many connections each acceptor can have at a time; 16,384 unless said. */
  readonly maxConnections?: Timeout;
  /** How often an acceptor at its limit tries again with a connection before it closes it; 5 unless said. */
  readonly maxConnectionsRetryCount?: number;
  /** How long it waits before it tries again; 1,000 unless said. */
  readonly maxConnectionsRetryWait?: number;
  /** How many accepted sockets can wait for an acceptor; more are closed at once. 1,024 unless said. */
  readonly maxAcceptQueue?: number;
  /** How long a client may be silent before `handleTimeout`; 60,000 unless said. */
  readonly readTimeout?: Timeout;
  /** How long a client may take nothing of what is sent before the socket is closed; 30,000 unless said. */
  readonly sendTimeout?: Timeout;
  /** How many bytes can wait for one client before the socket is closed; 16 MiB unless said. */
  readonly maxSendBuffer?: number;
  /** How long connections have to end when the server stops; 15,000 unless said; `'brutalKill'` gives them none. */
  readonly shutdownTimeout?: Timeout | 'brutalKill';
  /** How many connections can wait in the kernel; 1,024 unless said. */
  readonly backlog?: number;
  /** Whether small writes go out at once; true unless said. */
  readonly noDelay?: boolean;
  /**
   * Whether an error that a connection's code throws where nobody catches it (a timer, an event, a forgotten promise) ends
   * that connection only, and not Node; true unless said. See `Runtime.contain`, which it turns on.
   */
  readonly containment?: boolean;
  /** The name that the server's process is registered under. */
  readonly name?: Name;
  /** What the server is called in trees; `server` unless said. */
  readonly label?: string;
  /** Where its events go: a bus of `islandEvents()`, for those who look on from the very start. Its own unless said. */
  readonly events?: IslandEvents;
}

/** A server's options, checked and complete. Made by `serverConfig` alone; `'infinity'` is `Infinity` in here. */
export interface ServerConfig {
  readonly handler: AnyHandler;
  readonly handlerOptions: unknown;
  readonly port: number;
  readonly host: string | undefined;
  readonly transport: Transport;
  readonly acceptors: number;
  readonly maxConnections: number;
  readonly maxConnectionsRetryCount: number;
  readonly maxConnectionsRetryWait: number;
  readonly maxAcceptQueue: number;
  readonly readTimeout: number;
  readonly sendTimeout: number;
  readonly maxSendBuffer: number;
  /** 0 for `'brutalKill'`. */
  readonly shutdownTimeout: number;
  readonly backlog: number;
  readonly noDelay: boolean;
  readonly containment: boolean;
  readonly name: Name | undefined;
  readonly label: string;
  readonly events: IslandEvents;
}

type Check<Value> = (option: string, value: unknown) => Value;

const INFINITY = Number.POSITIVE_INFINITY;

function whole(from: number, to: number): Check<number> {
  return (option, value) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to) return value;
    const range = to === INFINITY ? `>= ${from}` : `from ${from} to ${to}`;
    throw BadOptionError.of(option, `a whole number ${range}`, value);
  };
}

function wholeOr(from: number, words: Readonly<Record<string, number>>): Check<number> {
  return (option, value) => {
    const word = typeof value === 'string' && Object.hasOwn(words, value) ? words[value] : undefined;
    if (word !== undefined) return word;
    if (typeof value === 'number' && Number.isInteger(value) && value >= from) return value;
    const allowed = Object.keys(words).map((each) => `'${each}'`);
    throw BadOptionError.of(option, `a whole number >= ${from} or ${allowed.join(' or ')}`, value);
  };
}

const timeout = wholeOr(0, { infinity: INFINITY });

function boolean(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw BadOptionError.of(option, 'a boolean', value);
}

function hostName(option: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw BadOptionError.of(option, 'a host name or address', value);
}

function processName(option: string, value: unknown): Name {
  if (typeof value === 'symbol' || (typeof value === 'string' && value !== '')) return value;
  throw BadOptionError.of(option, 'a non-empty string or a symbol', value);
}

function text(option: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw BadOptionError.of(option, 'a non-empty string', value);
}

function eventBus(option: string, value: unknown): IslandEvents {
  if (value instanceof EventBus) return value as IslandEvents;
  throw BadOptionError.of(option, 'a bus made by islandEvents()', value);
}

const CALLBACKS = [
  'init',
  'handleConnection',
  'handleData',
  'handleClose',
  'handleError',
  'handleShutdown',
  'handleTimeout',
  'handleInfo',
  'handleContinue',
] as const;

function handler(option: string, value: unknown): AnyHandler {
  if (typeof value !== 'object' || value === null) {
    throw BadOptionError.of(option, 'an object with callbacks such as handleData', value);
  }
  for (const callback of CALLBACKS) {
    const member: unknown = Reflect.get(value, callback);
    if (member !== undefined && typeof member !== 'function')
      throw BadOptionError.of(`${option}.${callback}`, 'a function', member);
  }
  for (const table of ['handleCall', 'handleCast']) {
    const requests: unknown = Reflect.get(value, table);
    if (requests === undefined) continue;
    if (typeof requests !== 'object' || requests === null) {
      throw BadOptionError.of(`${option}.${table}`, 'an object with a function for each request', requests);
    }
    for (const [request, member] of Object.entries(requests)) {
      if (typeof member === 'function') continue;
      throw BadOptionError.of(`${option}.${table}.${request}`, 'a function', member);
    }
  }
  return value as AnyHandler;
}

function transport(option: string, value: unknown): Transport {
  if (typeof value === 'object' && value !== null && typeof Reflect.get(value, 'listen') === 'function') {
    return value as Transport;
  }
  throw BadOptionError.of(option, 'a transport', value);
}

const KNOWN: readonly string[] = [
  'handler',
  'handlerOptions',
  'port',
  'host',
  'transport',
  'acceptors',
  'maxConnections',
  'maxConnectionsRetryCount',
  'maxConnectionsRetryWait',
  'maxAcceptQueue',
  'readTimeout',
  'sendTimeout',
  'maxSendBuffer',
  'shutdownTimeout',
  'backlog',
  'noDelay',
  'containment',
  'name',
  'label',
  'events',
];

/** Checks a server's options and fills in the defaults. Throws `BadOptionError`, which names the first one that is wrong. */
export function serverConfig<Options>(options: ServerOptions<Options>): ServerConfig {
  if (typeof options !== 'object' || options === null) {
    throw new BadOptionError('options', `the options must be an object, not ${inspect(options)}`);
  }
  for (const option of Object.keys(options)) {
    if (KNOWN.includes(option)) continue;
    throw new BadOptionError(option, `there is no option ${option}; there are ${KNOWN.join(', ')}`);
  }
  const given: Readonly<Record<string, unknown>> = { ...options };
  const read = <Value>(option: string, otherwise: Value, check: Check<Value>): Value => {
    return given[option] === undefined ? otherwise : check(option, given[option]);
  };
  return {
    handler: handler('handler', options.handler),
    handlerOptions: options.handlerOptions,
    port: read('port', 4000, whole(0, 65_535)),
    host: read<string | undefined>('host', undefined, hostName),
    transport: read('transport', tcp, transport),
    acceptors: read('acceptors', 10, whole(1, 10_000)),
    maxConnections: read('maxConnections', 16_384, wholeOr(0, { infinity: INFINITY })),
    maxConnectionsRetryCount: read('maxConnectionsRetryCount', 5, whole(0, INFINITY)),
    maxConnectionsRetryWait: read('maxConnectionsRetryWait', 1_000, whole(0, INFINITY)),
    maxAcceptQueue: read('maxAcceptQueue', 1_024, whole(0, INFINITY)),
    readTimeout: read('readTimeout', 60_000, timeout),
    sendTimeout: read('sendTimeout', 30_000, timeout),
    maxSendBuffer: read('maxSendBuffer', 16 * 1024 * 1024, whole(0, INFINITY)),
    shutdownTimeout: read('shutdownTimeout', 15_000, wholeOr(0, { infinity: INFINITY, brutalKill: 0 })),
    backlog: read('backlog', 1_024, whole(1, 65_535)),
    noDelay: read('noDelay', true, boolean),
    containment: read('containment', true, boolean),
    name: read<Name | undefined>('name', undefined, processName),
    label: read('label', 'server', text),
    events: options.events === undefined ? islandEvents() : eventBus('events', options.events),
  };
}
