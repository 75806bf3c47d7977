/** What a TLS client says first, before anything is agreed. Nothing in here is proven: anybody can say anything. */
export interface ClientHello {
  /** The host that the client wants (SNI, RFC 6066 section 3), in lower case; undefined if it does not say. */
  readonly serverName: string | undefined;
  /** The protocols that the client would speak (ALPN, RFC 7301), as it prefers them. */
  readonly alpn: readonly string[];
  /** The versions of TLS that it knows, as it prefers them: `TLSv1.3`, …; what Node has no name for is left out. */
  readonly versions: readonly TlsVersion[];
  /** The numbers of the cipher suites, groups, signature algorithms and extensions, in its order: what JA3 and JA4 look at. */
  readonly cipherSuites: readonly number[];
  readonly groups: readonly number[];
  readonly signatureAlgorithms: readonly number[];
  readonly extensions: readonly number[];
}

/** A version of TLS, by Node's name. */
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** What has come so far: a whole ClientHello, the beginning of one, or something else. */
export type ClientHelloReading =
  | { readonly kind: 'hello'; readonly hello: ClientHello }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'invalid'; readonly problem: string };

/** OpenSSL takes no longer one either. */
export const MAX_CLIENT_HELLO = 16_384;

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER = 5;
const MESSAGE_HEADER = 4;
const MAX_RECORD = 16_384;

const VERSIONS: Readonly<Record<number, TlsVersion>> = {
  769: 'TLSv1',
  770: 'TLSv1.1',
  771: 'TLSv1.2',
  772: 'TLSv1.3',
};

const INCOMPLETE: ClientHelloReading = { kind: 'incomplete' };

/**
 * Reads a ClientHello out of whatever comes, in whatever pieces: a message may be spread over records (RFC 8446 section
 * 5.1) and a record over segments. Looks at each byte once, and keeps at most `MAX_CLIENT_HELLO` of them.
 */
export class ClientHelloReader {
  readonly #header: number[] = [];
  #message: Buffer = Buffer.alloc(0);
  #length = 0;
  #hasRoom = false;
  #leftInRecord = 0;
  #outcome: ClientHelloReading = INCOMPLETE;

  /** Takes the next bytes, and answers what all of them come to. What follows the message is not looked at. */
  push(bytes: Uint8Array): ClientHelloReading {
    let at = 0;
    while (this.#outcome.kind === 'incomplete' && at < bytes.length) {
      if (this.#leftInRecord === 0) {
        this.#outcome = this.#takeHeaderByte(bytes[at] as number);
        at++;
      } else {
        const part = bytes.subarray(at, at + this.#leftInRecord);
        at += part.length;
        this.#leftInRecord -= part.length;
        this.#outcome = this.#takePart(part);
      }
    }
    return this.#outcome;
  }

  #takeHeaderByte(byte: number): ClientHelloReading {
    const header = this.#header;
    header.push(byte);
    // Told as soon as it is known: what speaks another protocol may wait for us to speak.
    if (header[0] !== HANDSHAKE_RECORD) return invalid('it does not begin with a TLS handshake record');
    if (header.length === 2 && byte !== 3) return invalid(`there is no TLS of major version ${byte}`);
    if (header.length < RECORD_HEADER) return INCOMPLETE;
    const length = ((header[3] as number) << 8) | (header[4] as number);
    header.length = 0;
    if (length === 0 || length > MAX_RECORD) return invalid(`a handshake record of ${length} bytes`);
    this.#leftInRecord = length;
    return INCOMPLETE;
  }

  #takePart(part: Uint8Array): ClientHelloReading {
    this.#append(part);
    const message = this.#message.subarray(0, this.#length);
    if (message[0] !== CLIENT_HELLO) return invalid(`handshake message ${message[0]} is no ClientHello`);
    if (message.length < MESSAGE_HEADER) return INCOMPLETE;
    const end = messageEnd(message);
    if (end > MAX_CLIENT_HELLO) return invalid(`a ClientHello of ${end} bytes is too long`);
    if (message.length < end) return INCOMPLETE;
    const hello = parseClientHello(message.subarray(MESSAGE_HEADER, end));
    return hello === undefined ? invalid('the ClientHello is malformed') : { kind: 'hello', hello };
  }

  /** A hello is nearly always one part. Otherwise there is room for all of it as soon as its length is known. */
  #append(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (length > this.#message.length) {
      const grown = Buffer.alloc(Math.max(length, MESSAGE_HEADER));
      this.#message.copy(grown, 0, 0, this.#length);
      this.#message = grown;
    }
    this.#message.set(part, this.#length);
    this.#length = length;
    if (length < MESSAGE_HEADER || this.#hasRoom) return;
    this.#hasRoom = true;
    const end = messageEnd(this.#message);
    if (end <= length || end > MAX_CLIENT_HELLO) return;
    this.#message = Buffer.concat([this.#message.subarray(0, length), Buffer.alloc(end - length)]);
  }
}

function invalid(problem: string): ClientHelloReading {
  return { kind: 'invalid', problem };
}

function messageEnd(message: Buffer): number {
  return MESSAGE_HEADER + message.readUIntBE(1, 3);
}

/** RFC 8446 section 4.1.2. Answers undefined if a length leads beyond the end, or bytes are left over. */
function parseClientHello(body: Buffer): ClientHello | undefined {
  const cursor = new Cursor(body);
  const legacyVersion = cursor.number(2);
  cursor.bytes(32);
  cursor.vector(1);
  const cipherSuites = numbers(cursor.vector(2));
  cursor.vector(1);
  // Before TLS 1.2, a hello could end here.
  const extensions = cursor.isAtEnd ? new Map<number, Cursor>() : readExtensions(cursor.vector(2));
  if (cursor.isShort || !cursor.isAtEnd || extensions === undefined) return undefined;

  const list = (type: number): number[] => numbers(extensions.get(type)?.vector(2));
  const offered = extensions.has(43) ? numbers(extensions.get(43)?.vector(1)) : upTo(legacyVersion);
  const hello: ClientHello = {
    serverName: readServerName(extensions.get(0)),
    alpn: readAlpn(extensions.get(16)),
    versions: offered.flatMap((version) => VERSIONS[version] ?? []),
    cipherSuites,
    groups: list(10),
    signatureAlgorithms: list(13),
    extensions: [...extensions.keys()],
  };
  return cursor.isShort ? undefined : hello;
}

/** Answers undefined if one comes twice, which RFC 8446 section 4.2 forbids, or is longer than there is room. */
function readExtensions(cursor: Cursor): Map<number, Cursor> | undefined {
  const found = new Map<number, Cursor>();
  while (!cursor.isAtEnd) {
    const type = cursor.number(2);
    const content = cursor.vector(2);
    if (cursor.isShort || found.has(type)) return undefined;
    found.set(type, content);
  }
  return found;
}

function readServerName(extension: Cursor | undefined): string | undefined {
  const list = extension?.vector(2);
  while (list !== undefined && !list.isAtEnd) {
    const type = list.number(1);
    const name = list.vector(2);
    if (type === 0) return name.rest().toString('latin1').toLowerCase();
  }
  return undefined;
}

function readAlpn(extension: Cursor | undefined): string[] {
  const protocols: string[] = [];
  const list = extension?.vector(2);
  while (list !== undefined && !list.isAtEnd) protocols.push(list.vector(1).rest().toString('latin1'));
  return protocols;
}

/** Without supported_versions, a client knows everything up to the version that it names. */
function upTo(version: number): number[] {
  return Object.keys(VERSIONS)
    .map(Number)
    .filter((known) => known <= Math.min(version, 0x0303))
    .reverse();
}

function numbers(list: Cursor | undefined): number[] {
  const found: number[] = [];
  while (list !== undefined && !list.isAtEnd) found.push(list.number(2));
  return found;
}

/** Reads on from where it is. Beyond the end there are only zeros, and it and all it came from know that it was there. */
class Cursor {
  readonly #bytes: Buffer;
  readonly #flaw: { isShort: boolean };
  #at = 0;

  constructor(bytes: Buffer, flaw = { isShort: false }) {
    this.#bytes = bytes;
    this.#flaw = flaw;
  }

  get isShort(): boolean {
    return this.#flaw.isShort;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  number(size: 1 | 2): number {
    const bytes = this.bytes(size);
    return bytes.length === size ? bytes.readUIntBE(0, size) : 0;
  }

  bytes(count: number): Buffer {
    const start = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) this.#flaw.isShort = true;
    return this.#bytes.subarray(start, this.#at);
  }

  /** What its length stands before, in so many bytes. */
  vector(lengthSize: 1 | 2): Cursor {
    return new Cursor(this.bytes(this.number(lengthSize)), this.#flaw);
  }

  rest(): Buffer {
    return this.bytes(this.#bytes.length - this.#at);
  }
}
