import type { Stats } from 'node:fs';
import { connect, type Server } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import { ListenFailedError } from '../errors.ts';
import { nodeFs } from '../node-modules.ts';
import { formatAddress } from '../socket-address.ts';
import type { ListenHandle, ListenOptions, RawSocket, SocketAddress, UnixPlace } from '../transport.ts';
import { listenHandle, type OnSocket, openServer } from './net-server.ts';

/** The kernel's bound on a socket's path, without the final NUL. Node cuts a longer one off, and says nothing. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/** A client of a Unix socket has no name unless it binds one, which none does. */
export const NAMELESS: SocketAddress = { address: '', port: 0, family: 'Unix' };

/**
 * Listens on a Unix socket. A file that a dead server has left is taken over, but only after a connection to it was refused;
 * a live server's is not, nor is anything that is no socket.
 *
 * Node binds and listens in one go, so that mode and owner could only be set after the first client was in. Therefore the
 * socket is made in a folder that nobody else can enter, gets its mode and owner there, and is then renamed to its place. It
 * keeps the name of its birth in `ss -x`. The file is removed when it is closed, if it is still this server's.
 */
export async function listenOnPath(
  place: UnixPlace,
  options: ListenOptions,
  onSocket: OnSocket,
): Promise<ListenHandle> {
  const { path } = place;
  const address: SocketAddress = { address: path, port: 0, family: 'Unix' };
  const where = formatAddress(address);
  const onUnixSocket = (raw: RawSocket): void => onSocket(withAddresses(raw, address, NAMELESS));
  if (path.startsWith('\0')) {
    const server = await openServer(where, { path, exclusive: true }, options, onUnixSocket);
    return listenHandle(server, address);
  }
  try {
    const stale = await staleFile(path);
    const { server, file } = await bindInPlace(place, stale, options, onUnixSocket);
    // A relative path means what it means now, wherever the process goes.
    const absolute = resolve(path);
    return listenHandle(server, address, () => removeIfSame(absolute, file));
  } catch (cause) {
    // Of the place that was asked for, not of the hidden one.
    const root = cause instanceof ListenFailedError ? cause.cause : cause;
    throw ListenFailedError.at(where, root as Error);
  }
}

/** The file that a dead server has left there; undefined if there is none. Throws if it is somebody's. */
async function staleFile(path: string): Promise<Stats | undefined> {
  const file = nodeFs().lstatSync(path, { throwIfNoEntry: false });
  if (file === undefined) return undefined;
  if (!file.isSocket()) throw failure('EEXIST', 'there is a file that is no socket');
  const outcome = await tryToConnect(path);
  switch (outcome) {
    case 'ECONNREFUSED':
      return file;
    case 'ENOENT':
      return undefined;
    // Its queue is full, or it is a socket of another kind.
    case 'EAGAIN':
    case 'EPROTOTYPE':
    case 'connected':
      throw failure('EADDRINUSE', 'a server listens there');
    default:
      throw failure(outcome, 'there is a socket, and whether a server listens on it cannot be known');
  }
}

/** `connected`, or the code of what it failed with. The kernel answers at once. */
function tryToConnect(path: string): Promise<string> {
  return new Promise((done) => {
    const socket = connect({ path });
    const settle = (outcome: string): void => {
      socket.destroy();
      done(outcome);
    };
    socket.once('connect', () => settle('connected'));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
  });
}

interface Bound {
  readonly server: Server;
  /** What the server's file is known by. */
  readonly file: Stats;
}

async function bindInPlace(
  { path, mode, owner }: UnixPlace,
  stale: Stats | undefined,
  options: ListenOptions,
  onSocket: OnSocket,
): Promise<Bound> {
  const fs = nodeFs();
  // Hidden, and in the same folder: a file can be renamed only within its file system.
  const folderPattern = `${dirname(path)}/.`;
  const longest = Buffer.byteLength(join(`${folderPattern}XXXXXX`, basename(path)));
  if (longest > MAX_PATH_BYTES) {
    const most = MAX_PATH_BYTES - (longest - Buffer.byteLength(path));
    throw failure('ENAMETOOLONG', `the path has more than the ${most} bytes that it can have`);
  }
  const folder = fs.mkdtempSync(folderPattern);
  const hidden = join(folder, basename(path));
  let server: Server | undefined;
  try {
    server = await openServer(hidden, { path: hidden, exclusive: true }, options, onSocket);
    if (owner !== undefined) fs.chownSync(hidden, owner.uid ?? -1, owner.gid ?? -1);
    // After the owner, since changing that takes set-id bits away, and the mode is what was asked for.
    if (mode !== undefined) fs.chmodSync(hidden, mode);
    const file = fs.lstatSync(hidden);
    // Another server may have been as fast as we are: only what was found to be stale is replaced.
    const there = fs.lstatSync(path, { throwIfNoEntry: false });
    if (there !== undefined && !isSame(there, stale))
      throw failure('EADDRINUSE', 'a server has come in between');
    fs.renameSync(hidden, path);
    return { server, file };
  } catch (error) {
    // Node removes the hidden file with it.
    server?.close();
    throw error;
  } finally {
    fs.rmdirSync(folder);
  }
}

function removeIfSame(path: string, file: Stats): void {
  const fs = nodeFs();
  try {
    const there = fs.lstatSync(path, { throwIfNoEntry: false });
    if (there !== undefined && isSame(there, file)) fs.unlinkSync(path);
  } catch {
    // It may not do so any more, after `process.setuid` for instance. What stays is stale, and the next start takes it over.
  }
}

// With the time of its making, since a file system gives a number that is free to the next file.
function isSame(one: Stats, other: Stats | undefined): boolean {
  return one.ino === other?.ino && one.dev === other.dev && one.mtimeMs === other.mtimeMs;
}

function failure(code: string, text: string): Error {
  return Object.assign(new Error(`${code}: ${text}`), { code });
}

/** Node knows the addresses of TCP sockets alone: the others are told here. */
export function withAddresses(raw: RawSocket, local: SocketAddress, remote: SocketAddress): RawSocket {
  return Object.defineProperties(raw, {
    localAddress: { value: local.address },
    localPort: { value: local.port },
    localFamily: { value: local.family },
    remoteAddress: { value: remote.address },
    remotePort: { value: remote.port },
    remoteFamily: { value: remote.family },
  });
}

/**
 * What is talked over in place of a Unix socket has its addresses. Node asks the system anew, which has none to tell. Of other
 * sockets it is not asked: that would be a call of the system for each.
 */
export function passOnAddresses(from: RawSocket, to: RawSocket): void {
  if (!Object.hasOwn(from, 'remoteFamily') || from.remoteFamily !== 'Unix') return;
  const { localAddress: path = '', remoteAddress: address = '' } = from;
  withAddresses(to, { ...NAMELESS, address: path }, { ...NAMELESS, address });
}
