import type { ProxyAddress, ProxyHeader } from './proxy/proxy-header.ts';
import type { RawSocket, SocketAddress } from './transport.ts';

/** The client's address, as the proxy has said, or as the system knows it; undefined if that is gone. */
export function remoteAddressOf(raw: RawSocket, header: ProxyHeader | undefined): SocketAddress | undefined {
  if (header?.source !== undefined) return addressOf(header.source);
  const { remoteAddress: address, remotePort: port, remoteFamily: family } = raw;
  return address === undefined ? undefined : { address, port: port ?? 0, family: family ?? '' };
}

/** The address that the client has connected to; as above. */
export function localAddressOf(raw: RawSocket, header: ProxyHeader | undefined): SocketAddress | undefined {
  if (header?.destination !== undefined) return addressOf(header.destination);
  const { localAddress: address, localPort: port, localFamily: family } = raw;
  return address === undefined ? undefined : { address, port: port ?? 0, family: family ?? '' };
}

function addressOf(address: ProxyAddress): SocketAddress {
  return 'path' in address ? { address: address.path, port: 0, family: 'Unix' } : address;
}
