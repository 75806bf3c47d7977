import { ConnectionSpan } from './connection-span.ts';
import type { ProxyHeader } from './proxy/proxy-header.ts';
import type { Socket } from './socket.ts';

/** What few sockets have: a proxy that has told of them, somebody who is told of them. */
export interface Told {
  readonly proxyHeader?: ProxyHeader;
  readonly span?: ConnectionSpan;
}

/** With somebody who tells of the connection; as it was, as long as the socket has no process. */
export function toldWithSpan(socket: Socket, told: Told | undefined): Told | undefined {
  const { self } = socket.reader;
  if (self === undefined) return told;
  const { events, handler } = socket.settings;
  return {
    ...told,
    span: new ConnectionSpan(events, self, handler, socket.acceptor?.span, socket.peername()),
  };
}
