import { channel } from 'node:diagnostics_channel';
import { createServer, type ListenOptions as NodeListenOptions, type Server } from 'node:net';
import { ListenFailedError } from '../errors.ts';
import type { ListenHandle, ListenOptions, ListenWatcher, SocketAddress, Transport } from '../transport.ts';
import { AcceptedSocket, type ConnectionHandle } from './accepted-socket.ts';

/** What is to be done with a socket that was accepted. */
export type OnSocket = Parameters<Transport['listen']>[1];

/** Node's own channel, on which those who watch a program hear of each socket. */
const ACCEPTED = channel('net.server.socket');

/** Has Node listen. Resolves when it does; rejects with `ListenFailedError`, which names `where`. */
export function openServer(
  where: string,
  place: NodeListenOptions,
  options: ListenOptions,
  onSocket: OnSocket,
): Promise<Server> {
  const { backlog, noDelay } = options;
  const server = createServer({ allowHalfOpen: true, noDelay });
  server.on('connection', onSocket);
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void => reject(ListenFailedError.at(where, cause));
    server.once('error', onError);
    server.listen({ ...place, backlog }, () => {
      server.off('error', onError);
      // For the time until somebody watches: no error of a listening server is worth the process.
      server.on('error', () => {});
      acceptDirectly(server, options, onSocket);
      resolve(server);
    });
  });
}

/** What Node calls, on the handle that listens, with each connection that was accepted. */
type OnConnection = (this: unknown, status: number, handle: ConnectionHandle | undefined) => void;

/** The handle that listens, as far as it is used here. */
interface ListeningHandle {
  onconnection?: OnConnection;
  /** Answers 0, or a negative errno. */
  setNoDelay?(noDelay: boolean): number;
}

/**
 * Makes the sockets of the server `AcceptedSocket`s. Node makes its own in a function that it does not document, and calls it on
 * a property of its handle; where there is no such property, the sockets are Node's, which are slower and do the same.
 */
function acceptDirectly(server: Server, options: ListenOptions, onSocket: OnSocket): void {
  const listening = Reflect.get(server, '_handle') as ListeningHandle | null;
  const ofNode = listening?.onconnection;
  if (listening === null || typeof ofNode !== 'function') return;
  const { noDelay } = options;
  // So many more are to be told by themselves.
  let untold = noDelay ? withoutInheritance(listening, options) : 0;
  listening.onconnection = function onconnection(status, handle) {
    if (status !== 0 || handle === undefined) {
      // It could not be accepted: Node knows the error.
      ofNode.call(this, status, handle);
      return;
    }
    if (untold > 0) {
      untold--;
      handle.setNoDelay?.(true);
    }
    const socket = new AcceptedSocket(handle, noDelay);
    onSocket(socket);
    if (ACCEPTED.hasSubscribers) ACCEPTED.publish({ socket });
  };
}

/**
 * How many connections, of those that are accepted from now on, do not inherit from the socket that listens that nothing is to
 * be held back for an acknowledgement. On Linux a connection inherits it when its handshake is over: only those that wait to be
 * accepted already have not, at most one more than the backlog. A descriptor that was adopted is not ours alone: who else accepts
 * from it may want it otherwise.
 */
function withoutInheritance(listening: ListeningHandle, { backlog, fd }: ListenOptions): number {
  if (process.platform !== 'linux' || fd !== undefined) return Number.POSITIVE_INFINITY;
  return listening.setNoDelay?.(true) === 0 ? backlog + 1 : Number.POSITIVE_INFINITY;
}

/** A listening server, as the Listener owns it. `onClose` runs before it is closed, however often that is asked for. */
export function listenHandle(server: Server, address: SocketAddress, onClose?: () => void): ListenHandle {
  let watcher: ListenWatcher | undefined;
  let isClosed = false;
  server.on('error', (error) => watcher?.onError(error));
  server.on('close', () => {
    if (!isClosed) watcher?.onLost();
  });
  return {
    address,
    watch(given) {
      watcher = given;
      if (!server.listening && !isClosed) given.onLost();
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      onClose?.();
      server.close();
    },
  };
}
