import { inspect } from 'node:util';
import { OF_THE_END } from '@thousand-island/runtime';

/** Every code an error of this package can carry. `docs/errors.md` lists them, and a test compares the two. */
export type IslandErrorCode =
  | 'ISLAND_ADOPTED_DESCRIPTOR'
  | 'ISLAND_BAD_CERTIFICATE'
  | 'ISLAND_BAD_OPTION'
  | 'ISLAND_FRAME_TOO_LARGE'
  | 'ISLAND_HANDSHAKE_FAILED'
  | 'ISLAND_LISTENER_CLOSED'
  | 'ISLAND_LISTEN_FAILED'
  | 'ISLAND_LOGGER_ATTACHED'
  | 'ISLAND_PROXY_PROTOCOL'
  | 'ISLAND_NO_ACTIVATION'
  | 'ISLAND_RECV_TIMEOUT'
  | 'ISLAND_SENDFILE_FAILED'
  | 'ISLAND_SEND_OVERFLOW'
  | 'ISLAND_SEND_TIMEOUT'
  | 'ISLAND_SERVER_RUNNING'
  | 'ISLAND_SOCKET_BUSY'
  | 'ISLAND_SOCKET_CLOSED'
  | 'ISLAND_SOCKET_ERROR'
  | 'ISLAND_UNSUPPORTED_UPGRADE';

/** The base of this package's errors. Recognise one by `code`. */
export abstract class IslandError extends Error {
  abstract readonly code: IslandErrorCode;
  // Each class states its name: that of its text is another one in a program that was made small.
  override get name(): string {
    return this.constructor.name;
  }
}

/**
 * The server listened on a descriptor that it was given (`fd`), and can do so only once: Node closes the descriptor when it
 * stops listening, and cannot make a copy of one. So its Listener cannot be started anew.
 */
export class AdoptedDescriptorError extends IslandError {
  readonly code = 'ISLAND_ADOPTED_DESCRIPTOR';
  static override readonly name: string = 'AdoptedDescriptorError';
}

/** An option that is unknown, of the wrong type or impossible. The message names it, its value and what is allowed. */
export class BadOptionError extends IslandError {
  readonly code = 'ISLAND_BAD_OPTION';
  static override readonly name: string = 'BadOptionError';
  /** The option's name. */
  readonly option: string;

  constructor(option: string, message: string) {
    super(message);
    this.option = option;
  }

  /** Composes the message: `the option port must be a whole number from 0 to 65535, not 'http'`. */
  static of(option: string, allowed: string, value: unknown): BadOptionError {
    return new BadOptionError(option, `the option ${option} must be ${allowed}, not ${shown(value)}`);
  }
}

/** A value as a message shows it. Whoever has put a key, or the options of TLS, in the wrong place is not to read it in a log. @internal */
export function shown(value: unknown): string {
  const text = inspect(value, { depth: 1 });
  return /-----BEGIN |passphrase/.test(text) ? 'what it is (which is not shown)' : text;
}

/**
 * A frame is longer than it may be: one that came, longer than `packetSize`; or one to be sent, whose length its header
 * cannot hold. OTP: `{error, emsgsize}`.
 */
export class FrameTooLargeError extends IslandError {
  readonly code = 'ISLAND_FRAME_TOO_LARGE';
  static override readonly name: string = 'FrameTooLargeError';
  /** How many bytes the frame may have. */
  readonly limit: number;
  /** How many it has; undefined for a line whose end was not looked for any further. */
  readonly length: number | undefined;

  constructor(limit: number, length?: number) {
    super(`a frame ${length === undefined ? '' : `of ${length} bytes `}is over the limit of ${limit} bytes`);
    this.limit = limit;
    this.length = length;
  }
}

/** What is wrong with a certificate or its key. */
export type CertificateProblem = 'badCertificate' | 'badKey' | 'keyMismatch' | 'noCertificate' | 'unreadable';

/** A certificate or key is not there, cannot be read, or does not belong to the other. Contains nothing of what is in them. */
export class CertificateError extends IslandError {
  readonly code = 'ISLAND_BAD_CERTIFICATE';
  static override readonly name: string = 'CertificateError';
  readonly reason: CertificateProblem;

  constructor(reason: CertificateProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Something closed what the server listened with, and it was not the server: the Listener starts anew. */
export class ListenerClosedError extends IslandError {
  readonly code = 'ISLAND_LISTENER_CLOSED';
  static override readonly name: string = 'ListenerClosedError';
}

/** The server could not listen; `cause` is Node's error, or what `postListen` failed with. */
export class ListenFailedError extends IslandError {
  readonly code = 'ISLAND_LISTEN_FAILED';
  static override readonly name: string = 'ListenFailedError';
  /** The short word for it: Node's code, such as `EADDRINUSE` or `EACCES`; `postListen` if that did not want it. */
  readonly reason: string;
  /** Where it was to listen, as `formatAddress` writes it; empty if the transport did not say. */
  readonly where: string;

  constructor(
    message: string,
    options: ErrorOptions & { readonly reason?: string; readonly where?: string },
  ) {
    super(message, options);
    const { cause, where = '', reason = codeOf(cause) } = options;
    this.reason = reason;
    this.where = where;
  }

  /** Composes the message: `cannot listen on 127.0.0.1:80: listen EACCES: permission denied 127.0.0.1:80`. */
  static at(where: string, cause: Error): ListenFailedError {
    return new ListenFailedError(`cannot listen on ${where}: ${cause.message}`, { cause, where });
  }
}

function codeOf(cause: unknown): string {
  const code: unknown =
    typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : 'unknown';
}

/** The process was not given the socket that `systemd` was asked for. */
export class NoActivationError extends IslandError {
  readonly code = 'ISLAND_NO_ACTIVATION';
  static override readonly name: string = 'NoActivationError';
}

/**
 * Why a handshake failed: the client was gone before the end (`closed`), it took too long (`timeout`), it did something that no
 * other word is for (`failed`); and with TLS, what the two did not agree upon, or what the client did not like (`alert`).
 */
export type HandshakeFailure =
  | 'alert'
  | 'alpn'
  | 'callback'
  | 'cipher'
  | 'clientCertificate'
  | 'closed'
  | 'failed'
  | 'notTls'
  | 'psk'
  | 'refused'
  | 'timeout'
  | 'version';

/** A connection did not get as far as being talked over, or could not be switched to another transport. */
export class HandshakeError extends IslandError {
  readonly code = 'ISLAND_HANDSHAKE_FAILED';
  static override readonly name: string = 'HandshakeError';
  /** `cause` tells more, where there is more to tell. */
  readonly reason: HandshakeFailure;

  constructor(reason: HandshakeFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** A `Logger` is attached at this level already. */
export class LoggerAttachedError extends IslandError {
  readonly code = 'ISLAND_LOGGER_ATTACHED';
  static override readonly name: string = 'LoggerAttachedError';
}

/** What can be wrong with the PROXY protocol of a connection. */
export type ProxyRejection =
  /** The connection does not begin with a header, and has to. */
  | 'missing'
  /** It comes from where no header is believed. */
  | 'untrusted'
  /** The client closed, or took too long, in the middle of the header. */
  | 'incomplete'
  /** The header is longer than `maxHeaderBytes`; or the line of version 1 does not end within 107 bytes. */
  | 'tooLong'
  /** A line of version 1 has a lone CR or LF in it. */
  | 'badLineEnd'
  /** The word after `PROXY` is none of TCP4, TCP6 and UNKNOWN. */
  | 'badProtocol'
  /** The line of version 1 does not consist of two addresses and two ports with single spaces between them. */
  | 'badFields'
  /** An address of version 1 is none, or not of the family that was said. */
  | 'badAddress'
  /** A port of version 1 is no decimal number up to 65535, or has zeros in front. */
  | 'badPort'
  /** Behind the signature of version 2 stands another version. */
  | 'badVersion'
  /** The command is neither LOCAL nor PROXY. */
  | 'badCommand'
  /** The address family is none of unspecified, IPv4, IPv6 and Unix. */
  | 'badFamily'
  /** The transport protocol is none of unspecified, stream and datagram. */
  | 'badTransport'
  /** The header of version 2 ends within the addresses. */
  | 'badLength'
  /** A TLV ends behind the header, or is of a length that its type cannot have. */
  | 'badTlv'
  /** A TLV that there can be one of came twice. */
  | 'duplicateTlv'
  /** The header is not what its CRC32C was made of. */
  | 'badChecksum';

/** The PROXY protocol header of a connection is missing, not believed or malformed; `kind` says how. The socket is closed. */
export class ProxyProtocolError extends IslandError {
  readonly code = 'ISLAND_PROXY_PROTOCOL';
  static override readonly name: string = 'ProxyProtocolError';
  readonly kind: ProxyRejection;

  constructor(kind: ProxyRejection, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** A `recv` got nothing, or not enough, in time. What has come stays there for the next `recv`. */
export class RecvTimeoutError extends IslandError {
  readonly code = 'ISLAND_RECV_TIMEOUT';
  static override readonly name: string = 'RecvTimeoutError';
}

/** A file could not be opened or read; `cause` is Node's error (ENOENT, EISDIR, …). The socket stays as it is. */
export class SendfileError extends IslandError {
  readonly code = 'ISLAND_SENDFILE_FAILED';
  static override readonly name: string = 'SendfileError';
  /** How many bytes of the file were sent before. */
  readonly sentBytes: number;

  constructor(sentBytes: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.sentBytes = sentBytes;
  }
}

/** The client reads so slowly that more waits to be sent than the option `maxSendBuffer` allows. The socket is closed. */
export class SendOverflowError extends IslandError {
  readonly code = 'ISLAND_SEND_OVERFLOW';
  static override readonly name: string = 'SendOverflowError';
}

/** The client has taken nothing for `sendTimeout` ms. The socket is closed. */
export class SendTimeoutError extends IslandError {
  readonly code = 'ISLAND_SEND_TIMEOUT';
  static override readonly name: string = 'SendTimeoutError';
}

/** The option can be changed only while the server is suspended. */
export class ServerRunningError extends IslandError {
  readonly code = 'ISLAND_SERVER_RUNNING';
  static override readonly name: string = 'ServerRunningError';
}

/** A second `recv` while one is waiting. */
export class SocketBusyError extends IslandError {
  readonly code = 'ISLAND_SOCKET_BUSY';
  static override readonly name: string = 'SocketBusyError';
}

/** The socket is closed, by either side. */
export class SocketClosedError extends IslandError {
  readonly code = 'ISLAND_SOCKET_CLOSED';
  static override readonly name: string = 'SocketClosedError';
  /** @internal */
  get [OF_THE_END](): true {
    return true;
  }
}

/** The connection broke; `cause` is Node's error (ECONNRESET, EPIPE, ETIMEDOUT, …). */
export class SocketError extends IslandError {
  readonly code = 'ISLAND_SOCKET_ERROR';
  static override readonly name: string = 'SocketError';
}

/** A connection cannot be switched to this transport: it has no upgrade, or would be less secure than the present one. */
export class UnsupportedUpgradeError extends IslandError {
  readonly code = 'ISLAND_UNSUPPORTED_UPGRADE';
  static override readonly name: string = 'UnsupportedUpgradeError';
}
