import type { SocketAddress } from './transport.ts';

/** The address as it is written in URLs and logs: `127.0.0.1:4000`, `[::1]:4000`, `unix:/run/app.sock`. */
export function formatAddress({
  address,
  port,
  family = '',
}: Pick<SocketAddress, 'address' | 'port'> & { readonly family?: string }): string {
  // An abstract name begins with a NUL, which is written as systemd and ss do.
  if (family === 'Unix') return `unix:${address.replace(/^\0/, '@')}`;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
