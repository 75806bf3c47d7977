import type { Name } from '@thousand-island/runtime';
import { type AlarmConfig, alarmConfigs } from './alarm-options.ts';
import { BadOptionError, shown } from './errors.ts';
import { type IslandEvents, islandEvents } from './events.ts';
import type { Framing } from './framing/framing.ts';
import type { AnyHandler } from './handler.ts';
import { handler } from './handler-check.ts';
import { unknownOption } from './impossible-options.ts';
import { listenPlace, type PostListen, path, postListen, socketMode, socketOwner } from './listen-options.ts';
import {
  boolean,
  type Check,
  eventBus,
  hostName,
  INFINITY,
  oneOf,
  processName,
  text,
  timeout,
  transport,
  whole,
  wholeOr,
} from './option-checks.ts';
import { type ProxyPolicy, proxyPolicy } from './proxy-options.ts';
import type { ServerOptions } from './server-options.ts';
import { framingOrRaw, keepAlive } from './socket-options.ts';
import type { SocketOwner, Transport, UnixPlace } from './transport.ts';
import { tcp } from './transports/tcp.ts';

/** A server's options, checked and complete. Made by `serverConfig` alone; `'infinity'` is `Infinity` in here. */
export interface ServerConfig {
  readonly handler: AnyHandler;
  readonly handlerOptions: unknown;
  readonly port: number;
  readonly host: string | undefined;
  readonly ipv6Only: boolean;
  /** The Unix socket to listen on, or the descriptor; both undefined for a port. */
  readonly unix: UnixPlace | undefined;
  readonly fd: number | undefined;
  readonly listenSockets: number;
  readonly postListen: PostListen | undefined;
  readonly transport: Transport;
  readonly acceptors: number;
  readonly maxConnections: number;
  readonly maxTotalConnections: number;
  readonly whenFull: 'retry' | 'park';
  readonly alarms: readonly AlarmConfig[];
  readonly maxConnectionsRetryCount: number;
  readonly maxConnectionsRetryWait: number;
  readonly maxAcceptQueue: number;
  readonly descriptorReserve: number;
  readonly acceptBackoff: number;
  readonly readTimeout: number;
  readonly handshakeTimeout: number;
  readonly sendTimeout: number;
  readonly maxSendBuffer: number;
  /** 0 for `'brutalKill'`. */
  readonly shutdownTimeout: number;
  readonly drainDelay: number;
  readonly drainWindow: number;
  readonly backlog: number;
  readonly noDelay: boolean;
  readonly silentTerminateOnError: boolean;
  readonly keepAlive: boolean | number;
  /** Undefined if what comes is not cut into frames. */
  readonly framing: Framing | undefined;
  /** Undefined if connections do not begin with a header. */
  readonly proxyProtocol: ProxyPolicy | undefined;
  readonly containment: boolean;
  readonly name: Name | undefined;
  readonly label: string;
  readonly events: IslandEvents;
}

const KNOWN: readonly string[] = [
  'handler',
  'handlerOptions',
  'port',
  'host',
  'ipv6Only',
  'path',
  'socketMode',
  'socketOwner',
  'fd',
  'listenSockets',
  'postListen',
  'transport',
  'acceptors',
  'maxConnections',
  'maxTotalConnections',
  'whenFull',
  'alarms',
  'maxConnectionsRetryCount',
  'maxConnectionsRetryWait',
  'maxAcceptQueue',
  'descriptorReserve',
  'acceptBackoff',
  'readTimeout',
  'handshakeTimeout',
  'sendTimeout',
  'maxSendBuffer',
  'shutdownTimeout',
  'drainDelay',
  'drainWindow',
  'backlog',
  'noDelay',
  'silentTerminateOnError',
  'keepAlive',
  'packet',
  'packetSize',
  'lineDelimiter',
  'proxyProtocol',
  'containment',
  'name',
  'label',
  'events',
];

/** Checks a server's options and fills in the defaults. Throws `BadOptionError`, which names the first one that is wrong. */
export function serverConfig<Options>(options: ServerOptions<Options>): ServerConfig {
  if (typeof options !== 'object' || options === null) {
    throw new BadOptionError('options', `the options must be an object, not ${shown(options)}`);
  }
  for (const option of Object.keys(options)) {
    if (KNOWN.includes(option)) continue;
    throw unknownOption(option, KNOWN);
  }
  const given: Readonly<Record<string, unknown>> = { ...options };
  const read = <Value>(option: string, otherwise: Value, check: Check<Value>): Value => {
    return given[option] === undefined ? otherwise : check(option, given[option]);
  };
  const host = read<string | undefined>('host', undefined, hostName);
  const ipv6Only = read<boolean | undefined>('ipv6Only', undefined, boolean);
  const acceptors = read('acceptors', 10, whole(1, 10_000));
  const place = listenPlace({
    port: read<number | undefined>('port', undefined, whole(0, 65_535)),
    host,
    ipv6Only,
    path: read<string | undefined>('path', undefined, path),
    socketMode: read<number | undefined>('socketMode', undefined, socketMode),
    socketOwner: read<SocketOwner | undefined>('socketOwner', undefined, socketOwner),
    fd: read<number | undefined>('fd', undefined, whole(0, 2 ** 31 - 1)),
    listenSockets: read('listenSockets', 1, whole(1, 10_000)),
    acceptors,
  });
  return {
    ...place,
    host,
    ipv6Only: ipv6Only ?? false,
    acceptors,
    postListen: read<PostListen | undefined>('postListen', undefined, postListen),
    handler: handler('handler', options.handler),
    handlerOptions: options.handlerOptions,
    transport: read('transport', tcp, transport),
    maxConnections: read('maxConnections', 16_384, wholeOr(0, { infinity: INFINITY })),
    maxTotalConnections: read('maxTotalConnections', INFINITY, wholeOr(0, { infinity: INFINITY })),
    whenFull: read<'retry' | 'park'>('whenFull', 'retry', oneOf('retry', 'park')),
    alarms: read('alarms', [], alarmConfigs),
    maxConnectionsRetryCount: read('maxConnectionsRetryCount', 5, whole(0, INFINITY)),
    maxConnectionsRetryWait: read('maxConnectionsRetryWait', 1_000, whole(0, INFINITY)),
    maxAcceptQueue: read('maxAcceptQueue', 1_024, whole(0, INFINITY)),
    descriptorReserve: read('descriptorReserve', 64, whole(0, INFINITY)),
    acceptBackoff: read('acceptBackoff', 100, whole(1, 60_000)),
    readTimeout: read('readTimeout', 60_000, timeout),
    handshakeTimeout: read('handshakeTimeout', 5_000, timeout),
    sendTimeout: read('sendTimeout', 30_000, timeout),
    maxSendBuffer: read('maxSendBuffer', 16 * 1024 * 1024, whole(0, INFINITY)),
    shutdownTimeout: read('shutdownTimeout', 15_000, wholeOr(0, { infinity: INFINITY, brutalKill: 0 })),
    drainDelay: read('drainDelay', 0, whole(0, INFINITY)),
    drainWindow: read('drainWindow', 0, whole(0, INFINITY)),
    backlog: read('backlog', 1_024, whole(1, 65_535)),
    noDelay: read('noDelay', true, boolean),
    silentTerminateOnError: read('silentTerminateOnError', false, boolean),
    keepAlive: read('keepAlive', false, keepAlive),
    framing: framingOrRaw(options),
    proxyProtocol: read<ProxyPolicy | undefined>('proxyProtocol', undefined, proxyPolicy),
    containment: read('containment', true, boolean),
    name: read<Name | undefined>('name', undefined, processName),
    label: read('label', 'server', text),
    events: options.events === undefined ? islandEvents() : eventBus('events', options.events),
  };
}
