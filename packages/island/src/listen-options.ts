import { BadOptionError } from './errors.ts';
import { type Check, whole } from './option-checks.ts';
import type { SocketAddress, SocketOwner, UnixPlace } from './transport.ts';

/** Called when a server listens, before it accepts; see the option `postListen`. */
export type PostListen = (address: SocketAddress) => unknown;

const MAX_ID = 0xffff_fffe;

export function path(option: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw BadOptionError.of(option, 'a non-empty string', value);
  // Linux calls a name abstract that begins with a NUL; anywhere else, one would cut the path off.
  if (value.includes('\0', 1) || value === '\0')
    throw BadOptionError.of(option, 'without a NUL inside', value);
  return value;
}

export const socketMode: Check<number> = (option, value) => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0o777) return value;
  throw BadOptionError.of(option, 'a whole number from 0 to 0o777, such as 0o660', value);
};

export function socketOwner(option: string, value: unknown): SocketOwner {
  if (typeof value !== 'object' || value === null) {
    throw BadOptionError.of(option, 'an object with uid, gid or both', value);
  }
  for (const key of Object.keys(value)) {
    if (key !== 'uid' && key !== 'gid') {
      throw new BadOptionError(`${option}.${key}`, `there is no option ${option}.${key}; there are uid, gid`);
    }
  }
  const { uid, gid } = value as { readonly uid?: unknown; readonly gid?: unknown };
  if (uid === undefined && gid === undefined)
    throw BadOptionError.of(option, 'an object with uid, gid or both', value);
  const id = whole(0, MAX_ID);
  return {
    ...(uid === undefined ? {} : { uid: id(`${option}.uid`, uid) }),
    ...(gid === undefined ? {} : { gid: id(`${option}.gid`, gid) }),
  };
}

export function postListen(option: string, value: unknown): PostListen {
  if (typeof value === 'function') return value as PostListen;
  throw BadOptionError.of(option, 'a function', value);
}

/** Where a server is to listen, as its options say. */
export interface ListenPlace {
  readonly port: number;
  readonly unix: UnixPlace | undefined;
  readonly fd: number | undefined;
  readonly listenSockets: number;
}

/** The options that say so, each checked on its own already; `undefined` is what was not said. */
interface PlaceOptions {
  readonly port: number | undefined;
  readonly host: string | undefined;
  readonly ipv6Only: boolean | undefined;
  readonly path: string | undefined;
  readonly socketMode: number | undefined;
  readonly socketOwner: SocketOwner | undefined;
  readonly fd: number | undefined;
  readonly listenSockets: number;
  readonly acceptors: number;
}

/** Looks at them together: a server listens on a port, at a path, or on a descriptor. Throws `BadOptionError`. */
export function listenPlace(options: PlaceOptions, nodeVersion: string = process.version): ListenPlace {
  const { port, path, socketMode: mode, socketOwner: owner, fd, listenSockets, acceptors } = options;
  const instead = path !== undefined ? 'path' : fd !== undefined ? 'fd' : undefined;
  if (path !== undefined && fd !== undefined) throw clash('fd', 'path');
  if (instead !== undefined) {
    if (port !== undefined && port !== 0) throw clash('port', instead, ' (or 0)');
    if (options.host !== undefined) throw clash('host', instead);
    if (options.ipv6Only !== undefined) throw clash('ipv6Only', instead);
  }
  if (path === undefined || path.startsWith('\0')) {
    const why = path === undefined ? 'there is no path' : 'an abstract socket has no file';
    if (mode !== undefined)
      throw new BadOptionError('socketMode', `the option socketMode is for a path: ${why}`);
    if (owner !== undefined)
      throw new BadOptionError('socketOwner', `the option socketOwner is for a path: ${why}`);
  }
  checkListenSockets(listenSockets, acceptors, instead, nodeVersion);
  const unix = path === undefined ? undefined : { path, mode, owner };
  return { port: instead === undefined ? (port ?? 4000) : 0, unix, fd, listenSockets };
}

function checkListenSockets(
  count: number,
  acceptors: number,
  instead: string | undefined,
  nodeVersion: string,
): void {
  const option = 'listenSockets';
  if (count === 1) return;
  if (count > acceptors)
    throw BadOptionError.of(option, `at most the number of acceptors, ${acceptors}`, count);
  if (instead !== undefined) {
    throw new BadOptionError(
      option,
      `the option ${option} must be 1 with ${instead}: only a port can be shared`,
    );
  }
  if (hasReusePort(nodeVersion)) return;
  throw new BadOptionError(
    option,
    `the option ${option} can be more than 1 from Node.js 22.12 or 23.1 on, which have reusePort; this is ${nodeVersion}`,
  );
}

/** Whether this Node.js can share a port between sockets. An older one does not say that it cannot. */
export function hasReusePort(nodeVersion: string): boolean {
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
}

function clash(option: string, other: string, orElse = ''): BadOptionError {
  return new BadOptionError(
    option,
    `the option ${option} must be absent${orElse} where ${other} says where to listen`,
  );
}
