import type { AddressInfo } from 'node:net';
import { AdoptedDescriptorError, ListenFailedError } from '../errors.ts';
import { nodeFs } from '../node-modules.ts';
import type { ListenHandle, ListenOptions, RawSocket, SocketAddress } from '../transport.ts';
import { listenHandle, type OnSocket, openServer } from './net-server.ts';
import { NAMELESS, withAddresses } from './unix.ts';

/**
 * Listens on a socket that somebody else has bound, TCP or Unix. Its file is not this server's: it stays. Node closes the
 * descriptor when it stops listening.
 */
export async function listenOnDescriptor(
  fd: number,
  options: ListenOptions,
  onSocket: OnSocket,
): Promise<ListenHandle> {
  const where = `descriptor ${fd}`;
  checkSocket(fd, where);
  // Asked for while the descriptor is surely still the one that was given.
  const path = pathOf(fd);
  let unix: SocketAddress | undefined;
  const onAdopted = (raw: RawSocket): void => onSocket(unix ? withAddresses(raw, unix, NAMELESS) : raw);
  const server = await openServer(where, { fd } as object, options, onAdopted);
  const bound = server.address() as AddressInfo | string | null;
  if (typeof bound === 'object' && bound !== null) {
    const { address, port, family } = bound;
    return listenHandle(server, { address, port, family });
  }
  unix = { address: path ?? bound ?? '', port: 0, family: 'Unix' };
  return listenHandle(server, unix);
}

/** The error of a server that was to listen once more on a descriptor. */
export function adoptedTwice(fd: number): AdoptedDescriptorError {
  return new AdoptedDescriptorError(
    `descriptor ${fd} was adopted: Node closes it when it stops listening, so that it can be listened on only once`,
  );
}

// Node says EINVAL for whatever it is not.
function checkSocket(fd: number, where: string): void {
  // There Node has the primary listen, on whatever is at that number there: nodejs/node#44035.
  // Loaded only here, since it brings all of child processes along. Its types know it as an import alone.
  const cluster = process.getBuiltinModule('node:cluster') as unknown as { readonly isWorker: boolean };
  if (cluster.isWorker) throw failure('ENOTSUP', 'Node.js cannot do so in a worker of node:cluster', where);
  try {
    if (nodeFs().fstatSync(fd).isSocket()) return;
  } catch (cause) {
    throw ListenFailedError.at(where, cause as Error);
  }
  throw failure('ENOTSOCK', 'it is no socket', where);
}

function failure(code: string, text: string, where: string): ListenFailedError {
  return ListenFailedError.at(where, Object.assign(new Error(`${code}: ${text}`), { code }));
}

/** The path of a Unix socket, as Linux tells it; undefined if it has none, or nobody tells. */
function pathOf(fd: number): string | undefined {
  const { readFileSync, readlinkSync } = nodeFs();
  try {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`)) ?? [];
    const line = readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .find((each) => each.split(/ +/, 7)[6] === inode);
    return line?.split(/ +/).slice(7).join(' ').replace(/^@/, '\0');
  } catch {
    return undefined;
  }
}
