import { ProxyProtocolError, type ProxyRejection } from '../errors.ts';
import type { ProxyHeader } from './proxy-header.ts';

/**
 * What the first bytes of a connection come to. Bytes that follow never change an answer that is not `more`: so it makes no
 * difference how the network has cut them.
 */
export type ProxyScan =
  /** Too few to tell. With `target` bytes from the start, more can be told. */
  | { readonly kind: 'more'; readonly target: number }
  /** A header, and how long it is. */
  | { readonly kind: 'header'; readonly header: ProxyHeader; readonly length: number }
  /** They are no header. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'rejected'; readonly error: ProxyProtocolError };

export function moreScan(target: number): ProxyScan {
  return { kind: 'more', target };
}

export function headerScan(header: ProxyHeader, length: number): ProxyScan {
  return { kind: 'header', header, length };
}

export function rejectedScan(kind: ProxyRejection, message: string): ProxyScan {
  return { kind: 'rejected', error: new ProxyProtocolError(kind, message) };
}
