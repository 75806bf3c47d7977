import { BadArgumentError } from '@thousand-island/runtime';
import { BadOptionError, ListenFailedError } from '../errors.ts';
import type { ListenHandle, ListenOptions, RawSocket, SocketAddress, Transport } from '../transport.ts';
import { MemoryClient, type MemoryConnectOptions, type MemoryDirectionOptions } from './memory-client.ts';
import { MemorySocket } from './memory-socket.ts';
import { systemError, Wire } from './wire.ts';

/** As many bytes are on their way at most, in each direction, besides what the two sides hold. */
const CAPACITY = 64 * 1024;

/** Where a server listens, and what comes of it. */
interface Place {
  readonly address: SocketAddress;
  readonly onSocket: (raw: RawSocket) => void;
}

/** A transport without a network: servers listen in it, and tests connect to them. */
export interface MemoryTransport extends Transport {
  /** Connects to the server that listens; rejects with ECONNREFUSED if none does. */
  connect(options?: MemoryConnectOptions): Promise<MemoryClient>;
}

/**
 * Makes a transport whose connections are in memory, for tests: no ports, no time, and faults where the test wants them. One
 * server at a time listens in it.
 *
 * @example
 * ```ts
 * import { memory } from '@thousand-island/island/testing';
 * import { testRuntime } from '@thousand-island/runtime/testing';
 *
 * await using runtime = testRuntime();
 * const transport = memory();
 * const handler = defineHandler({ handleData: (data, socket) => socket.send(data) });
 * await using server = await ThousandIsland.start({ handler, transport }, runtime);
 *
 * await using client = await transport.connect({ toServer: { pieces: [2] } });
 * await client.send('hello');
 * await client.readText(5); // => 'hello'
 * ```
 */
export function memory(): MemoryTransport {
  let place: Place | undefined;
  let clients = 0;

  return {
    name: 'memory',

    async listen(options: ListenOptions, onSocket): Promise<ListenHandle> {
      checkPlace(options);
      const { host = '127.0.0.1', port } = options;
      if (place !== undefined) {
        const cause = systemError('listen', 'EADDRINUSE');
        throw new ListenFailedError(`cannot listen in memory: ${cause.message}`, { cause });
      }
      const address = { address: host, port: port === 0 ? 1 : port, family: 'IPv4' };
      const opened: Place = { address, onSocket };
      place = opened;
      const close = (): void => {
        if (place === opened) place = undefined;
      };
      return { address, close };
    },

    async connect(options: MemoryConnectOptions = {}): Promise<MemoryClient> {
      checkNames(options);
      await nextTurn();
      if (place === undefined) throw systemError('connect', 'ECONNREFUSED');
      const { address, onSocket } = place;
      clients++;
      const remote = { address: '127.0.0.1', port: 49_151 + clients, family: 'IPv4', ...options.remote };
      const { client, socket } = pair(remote, address, options);
      onSocket(socket);
      return client;
    },
  };
}

const NAMES: Readonly<Record<string, readonly string[]>> = {
  options: ['remote', 'paused', 'halfOpen', 'toServer', 'toClient'],
  remote: ['address', 'port', 'family'],
  toServer: ['held', 'pieces', 'cutAfter'],
  toClient: ['held', 'pieces', 'cutAfter'],
};

const FLAGS = ['paused', 'halfOpen', 'held'];

/** A test whose fault is misspelt would test nothing. */
function checkNames(options: unknown, of = 'options'): void {
  const known = NAMES[of] ?? [];
  if (
    typeof options !== 'object' ||
    options === null ||
    Object.keys(options).some((name) => !known.includes(name))
  )
    throw BadArgumentError.of(of, `made of ${known.join(', ')}`, options);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (NAMES[name] !== undefined) checkNames(value, name);
    else if (FLAGS.includes(name) && typeof value !== 'boolean')
      throw BadArgumentError.of(name, 'a boolean', value);
  }
}

/** Where a server wants to listen that needs a system below it, it does not listen somewhere else instead. */
function checkPlace({ unix, fd, reusePort, ipv6Only }: ListenOptions): void {
  const isAsked = {
    path: unix !== undefined,
    fd: fd !== undefined,
    listenSockets: reusePort,
    ipv6Only,
  };
  for (const [option, asked] of Object.entries(isAsked)) {
    if (asked)
      throw new BadOptionError(option, `the option ${option} means nothing in memory: leave it out there`);
  }
}

function pair(
  remote: SocketAddress,
  local: SocketAddress,
  options: MemoryConnectOptions,
): { client: MemoryClient; socket: MemorySocket } {
  const onBroken = (): void => {
    socket.break('ECONNRESET');
    client.break('ECONNRESET');
  };
  const toServer = new Wire(CAPACITY, onBroken);
  const toClient = new Wire(CAPACITY, onBroken);
  const socket = new MemorySocket(toServer, toClient, () => client.break('ECONNRESET'), remote, local);
  const breakServer = (code: string): void => socket.break(code);
  const client = new MemoryClient({ toServer, toClient, breakServer }, options);
  prepare(toServer, options.toServer);
  prepare(toClient, options.toClient);
  return { client, socket };
}

function prepare(wire: Wire, { held, pieces, cutAfter }: MemoryDirectionOptions = {}): void {
  if (held === true) wire.hold();
  if (pieces !== undefined) wire.setPieces(pieces);
  if (cutAfter !== undefined) wire.cutAfter(cutAfter);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
