import type { SocketAddress } from '@thousand-island/island';

/** The address as it is written in URLs: `127.0.0.1:4000`, `[::1]:4000`. */
export function formatAddress({ address, port }: Pick<SocketAddress, 'address' | 'port'>): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
