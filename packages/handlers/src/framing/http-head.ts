/** The head of an HTTP/1 request, as far as a server must know it to answer in the right place. RFC 9112. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** By their names in lower case; those that came more than once are joined with commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** How many bytes of body follow; or that they come in chunks, of which the last one says that it is. */
  readonly bodyLength: number | 'chunked';
  /** Whether the client wants to send more requests on this connection. */
  readonly keepAlive: boolean;
  /** Whether the client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
}

/** A request that cannot be answered as it was meant: the status says why. */
export type RefusalStatus = 400 | 431 | 501 | 505;

/** What the bytes so far come to: too few to tell, a head and how long it was, or something to be refused. */
export type HeadReading =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'head'; readonly head: RequestHead; readonly length: number }
  | { readonly kind: 'refused'; readonly status: RefusalStatus };

/** The longest head that is read, line ends included. */
export const MAX_HEAD_LENGTH = 16 * 1024;

const INCOMPLETE: HeadReading = { kind: 'incomplete' };
const REQUEST_LINE = /^[!#$%&'*+.^_`|~\w-]+ [\x21-\x7e]+ HTTP\/\d\.\d$/;
/** A line of a head, or of what comes behind a body in chunks: a name and a value. */
export const HEADER_LINE = /^([!#$%&'*+.^_`|~\w-]+):([^\0\r]*)$/;
/** RFC 9110, 7.2: a name or an address, and a port or none. */
const HOST = /^(?:[\w.~!$&'()*+;=%-]*|\[[\da-f:.]+\])(?::\d*)?$/i;

/**
 * Reads one request head from the beginning of `bytes`. Pure: more bytes never change an answer that is not `incomplete`.
 *
 * A bare LF ends a line too (RFC 9112, 2.2), for those who type requests by hand; empty lines before the head are skipped.
 */
export function readHead(bytes: Buffer): HeadReading {
  const text = bytes.toString('latin1', 0, MAX_HEAD_LENGTH);
  const start = /^(?:\r?\n)*/.exec(text)?.[0].length ?? 0;
  const lineEnd = text.indexOf('\n', start);
  if (lineEnd === -1) return bytes.length < MAX_HEAD_LENGTH ? INCOMPLETE : refuse(431);

  // Said at once, not when the head is complete: who does not speak HTTP will never complete it.
  const requestLine = withoutReturn(text.slice(start, lineEnd));
  if (!REQUEST_LINE.test(requestLine)) return refuse(400);

  const end = /\n\r?\n/.exec(text.slice(lineEnd));
  if (end === null) return bytes.length < MAX_HEAD_LENGTH ? INCOMPLETE : refuse(431);
  const headerLines = end.index === 0 ? [] : text.slice(lineEnd + 1, lineEnd + end.index).split('\n');
  const headers = parseHeaders(headerLines.map(withoutReturn));
  if (headers === undefined) return refuse(400);

  const head = headOf(requestLine, headers);
  return typeof head === 'number'
    ? refuse(head)
    : { kind: 'head', head, length: lineEnd + end.index + end[0].length };
}

function parseHeaders(lines: readonly string[]): Map<string, string> | undefined {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? trimmed(value) : `${before}, ${trimmed(value)}`);
  }
  return headers;
}

function headOf(requestLine: string, headers: ReadonlyMap<string, string>): RequestHead | RefusalStatus {
  const [method = '', target = '', version = ''] = requestLine.split(' ');
  if (!version.startsWith('HTTP/1.')) return 505;
  const isOld = version === 'HTTP/1.0';
  // RFC 9112, 3.2: exactly one, since HTTP/1.1.
  const host = headers.get('host');
  if (host === undefined ? !isOld : !HOST.test(host)) return 400;
  // To say 200 would be to say that from here on the bytes are somebody else's.
  if (method === 'CONNECT') return 501;
  const coding = headers.get('transfer-encoding');
  // 6.1: both lengths at once are an attack, and who speaks HTTP/1.0 may pass on a coding that it does not know.
  if (coding !== undefined && (isOld || headers.has('content-length'))) return 400;
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return 501;
  const bodyLength = coding === undefined ? parseLength(headers.get('content-length')) : 'chunked';
  if (bodyLength === undefined) return 400;

  const wishes = listOf(headers.get('connection'));
  return {
    method,
    target,
    headers,
    bodyLength,
    keepAlive: !wishes.includes('close') && (!isOld || wishes.includes('keep-alive')),
    expectsContinue: !isOld && listOf(headers.get('expect')).includes('100-continue'),
  };
}

/** The length, if all that is said of it is the same (RFC 9112, 6.3). */
function parseLength(value: string | undefined): number | undefined {
  const [length = '0', ...others] = new Set(listOf(value));
  return others.length === 0 && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

function listOf(value: string | undefined): string[] {
  return value === undefined ? [] : value.split(',').map((each) => trimmed(each).toLowerCase());
}

/** Without spaces and tabs around it. What else JavaScript takes for a space is part of the value, for whoever forwards it too. */
function trimmed(value: string): string {
  return value.replace(/^[ \t]+/, '').replace(/(?<![ \t])[ \t]+$/, '');
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function refuse(status: RefusalStatus): HeadReading {
  return { kind: 'refused', status };
}
