import type { AddressInfo } from 'node:net';
import { formatAddress } from '../socket-address.ts';
import type { ListenHandle, ListenOptions, Transport } from '../transport.ts';
import { listenOnDescriptor } from './descriptor.ts';
import { listenHandle, type OnSocket, openServer } from './net-server.ts';
import { listenOnPath } from './unix.ts';

async function listenOnPort(options: ListenOptions, onSocket: OnSocket): Promise<ListenHandle> {
  const { host, port, ipv6Only, reusePort } = options;
  const where = host === undefined ? `port ${port}` : formatAddress({ address: host, port });
  const place = {
    port,
    ipv6Only,
    ...(host === undefined ? {} : { host }),
    // Not said when not wanted: a Node that does not know it must never seem to have been asked.
    ...(reusePort ? { reusePort } : {}),
  };
  const server = await openServer(where, place, options, onSocket);
  const { address, port: bound, family } = server.address() as AddressInfo;
  return listenHandle(server, { address, port: bound, family });
}

/** Streams of bytes as they are: TCP, Unix sockets, descriptors of either. Elixir: `ThousandIsland.Transports.TCP`. */
export const tcp: Transport = {
  name: 'tcp',

  listen(options, onSocket) {
    if (options.fd !== undefined) return listenOnDescriptor(options.fd, options, onSocket);
    if (options.unix !== undefined) return listenOnPath(options.unix, options, onSocket);
    return listenOnPort(options, onSocket);
  },
};
