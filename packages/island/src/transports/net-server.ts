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
  { backlog, noDelay }: ListenOptions,
  onSocket: OnSocket,
): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay });
  server.on('connection', onSocket);
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void => reject(ListenFailedError.at(where, cause));
    server.once('error', onError);
    server.listen({ ...place, backlog }, () => {
      server.off('error', onError);
      // For the time until somebody watches: no error of a listening server is worth the process.
      server.on('error', () => {});
      acceptDirectly(server, noDelay, onSocket);
      resolve(server);
    });
  });
}

/** What Node calls, on the handle that listens, with each connection that was accepted. */
type OnConnection = (this: unknown, status: number, handle: ConnectionHandle | undefined) => void;

/**
 * Makes the sockets of the server `AcceptedSocket`s. Node makes its own in a function that it does not document, and calls it on
 * a property of its handle; where there is no such property, the sockets are Node's, which are slower and do the same.
 */
function acceptDirectly(server: Server, noDelay: boolean, onSocket: OnSocket): void {
  const listening = Reflect.get(server, '_handle') as { onconnection?: OnConnection } | null;
  const ofNode = listening?.onconnection;
  if (listening === null || typeof ofNode !== 'function') return;
  listening.onconnection = function onconnection(status, handle) {
    if (status !== 0 || handle === undefined) {
      // It could not be accepted: Node knows the error.
      ofNode.call(this, status, handle);
      return;
    }
    const socket = new AcceptedSocket(handle, noDelay);
    onSocket(socket);
    if (ACCEPTED.hasSubscribers) ACCEPTED.publish({ socket });
  };
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
