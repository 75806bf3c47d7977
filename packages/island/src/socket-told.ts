import type { ConnectionSpan } from './connection-span.ts';
import type { ProxyHeader } from './proxy/proxy-header.ts';

/** What few sockets have: a proxy that has told of them, somebody who is told of them. */
export interface Told {
  readonly proxyHeader?: ProxyHeader;
  readonly span?: ConnectionSpan;
}
