import { createServer, type ListenOptions as NodeListenOptions, type Server } from 'node:net';
import { ListenFailedError } from '../errors.ts';
import type { ListenHandle, ListenOptions, ListenWatcher, SocketAddress, Transport } from '../transport.ts';

/** What is to be done with a socket that was accepted. */
export type OnSocket = Parameters<Transport['listen']>[1];

/** Has Node listen. Resolves when it does; rejects with `ListenFailedError`, which names `where`. */
export function openServer(
  where: string,
  place: NodeListenOptions,
  { backlog, noDelay }: ListenOptions,
  onSocket: OnSocket,
): Promise<Server> {
  // Half-open, so that a client which has said all it had to say still gets its answer; we close our side ourselves. Not
  // `pauseOnConnect`: what Node reads before anybody listens stays in the stream, is bounded there, and is one stop less.
  const server = createServer({ allowHalfOpen: true, noDelay });
  server.on('connection', onSocket);
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void => reject(ListenFailedError.at(where, cause));
    server.once('error', onError);
    server.listen({ ...place, backlog }, () => {
      server.off('error', onError);
      // For the time until somebody watches: no error of a listening server is worth the process.
      server.on('error', () => {});
      resolve(server);
    });
  });
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
