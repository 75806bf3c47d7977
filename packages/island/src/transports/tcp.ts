import { type AddressInfo, createServer } from 'node:net';
import { ListenFailedError } from '../errors.ts';
import type { ListenHandle, ListenOptions, Transport } from '../transport.ts';

/** TCP. Elixir: `ThousandIsland.Transports.TCP`. */
export const tcp: Transport = {
  name: 'tcp',

  listen(options: ListenOptions, onSocket): Promise<ListenHandle> {
    const { host, port, backlog, noDelay } = options;
    // Half-open, so that a client which has said all it had to say still gets its answer; we close our side ourselves.
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay });
    server.on('connection', onSocket);
    return new Promise((resolve, reject) => {
      const onError = (cause: Error): void => {
        const where = host === undefined ? `port ${port}` : `${host}:${port}`;
        reject(new ListenFailedError(`cannot listen on ${where}: ${cause.message}`, { cause }));
      };
      server.once('error', onError);
      server.listen({ port, backlog, ...(host === undefined ? {} : { host }) }, () => {
        server.off('error', onError);
        // Nothing that befalls a listening server is worth the process: the next accept shows whether it lives.
        server.on('error', () => {});
        const { address, port: bound, family } = server.address() as AddressInfo;
        resolve({ address: { address, port: bound, family }, close: () => void server.close() });
      });
    });
  },
};
