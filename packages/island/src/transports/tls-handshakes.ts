import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { TlsOptions as NodeTlsOptions, Server, TLSSocket } from 'node:tls';
import { HandshakeError } from '../errors.ts';
import { nodeTls } from '../node-modules.ts';
import type { RawSocket } from '../transport.ts';
import { attempt } from './attempt.ts';
import {
  type ClientCertificatePolicy,
  certificateRefusal,
  clientCertificateOf,
} from './tls-client-certificate.ts';
import { handshakeError, reasonOf } from './tls-failure.ts';
import { endIfWriteIsLost } from './tls-lost-write.ts';
import { passOnAddresses } from './unix.ts';

/** A socket whose handshake is under way. */
const PENDING = Symbol('handshake');

interface Pending {
  /** What the socket was like before. */
  readonly allowHalfOpen: boolean;
  readonly resolve: (secured: TLSSocket) => void;
  readonly reject: (error: unknown) => void;
}

interface Marked extends Socket {
  [PENDING]?: Pending | undefined;
}

/**
 * The handshakes of one set of options.
 *
 * A `tls.Server` that listens nowhere does them: it is given sockets with its event `connection`, as Node documents, and
 * knows best how verifying, errors and the end of a client go together.
 */
export class TlsHandshakes {
  readonly #server: Server;
  readonly #policy: ClientCertificatePolicy;

  constructor(options: NodeTlsOptions, policy: ClientCertificatePolicy) {
    this.#policy = policy;
    // No time limit of Node's, which would close nothing: the connection has its own. (0 stands for two minutes.)
    this.#server = new (nodeTls().Server)({ ...options, ...nodePolicy(policy), handshakeTimeout: -1 });
    this.#server.on('secureConnection', (secured) => this.#onSecure(secured));
    this.#server.on('tlsClientError', (cause, secured) =>
      take(rawOf(secured))?.reject(failureOf(cause, secured)),
    );
  }

  /** Does the server's part of a handshake. Rejects with `HandshakeError`, also when `raw` is destroyed meanwhile. */
  secure(raw: RawSocket): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      if (raw.destroyed) throw handshakeError('closed');
      // Of anything else Node would make something it can read, and lose who it was. Text would end the whole process
      // (nodejs/node#58756).
      if (!(raw instanceof Socket) || raw.readableEncoding !== null)
        throw handshakeError('failed', 'it needs a socket of the system, that gives bytes');
      (raw as Marked)[PENDING] = { allowHalfOpen: raw.allowHalfOpen, resolve, reject };
      // A client that ends before the handshake does is gone: otherwise Node would wait for what cannot come.
      raw.allowHalfOpen = false;
      attempt(
        () => this.#server.emit('connection', raw),
        (cause) => handshakeError('failed', undefined, cause),
      );
    });
  }

  #onSecure(secured: TLSSocket): void {
    // After the handshake Node only tells of an error, and leaves the socket as it is.
    secured.on('error', destroy);
    const raw = rawOf(secured);
    const pending = take(raw);
    if (raw === undefined || pending === undefined) return;
    const refusal = this.#policy.requestCert
      ? certificateRefusal(this.#policy, clientCertificateOf(secured))
      : undefined;
    if (refusal !== undefined) {
      secured.destroy();
      pending.reject(handshakeError('clientCertificate', refusal));
      return;
    }
    secured.allowHalfOpen = pending.allowHalfOpen;
    passOnAddresses(raw, secured);
    secured.on('end', lookForLostWrite);
    secured.push = pushAtOnce;
    pending.resolve(secured);
  }
}

/** The handshake that is under way on a socket, which is over now. */
function take(raw: Marked | undefined): Pending | undefined {
  const pending = raw?.[PENDING];
  if (raw !== undefined) raw[PENDING] = undefined;
  return pending;
}

// One function for all sockets.
function destroy(this: TLSSocket): void {
  this.destroy();
}

const { push } = Readable.prototype;

/**
 * What has been read, told at once to those who listen, if nothing waits before it and nobody wants it as text: as Node does, but
 * without asking in a later tick whether more can be read, which TLS is doing anyway.
 */
function pushAtOnce(this: TLSSocket, chunk: Buffer | null, encoding?: BufferEncoding): boolean {
  const isAsItCame =
    this.readableFlowing === true && this.readableLength === 0 && this.readableEncoding === null;
  if (chunk === null || !isAsItCame) return push.call(this, chunk, encoding);
  this.emit('data', chunk);
  return true;
}

function lookForLostWrite(this: TLSSocket): void {
  const raw = rawOf(this);
  if (raw !== undefined) endIfWriteIsLost(this, raw);
}

function failureOf(cause: Error, secured: TLSSocket): HandshakeError {
  if (cause instanceof HandshakeError) return cause;
  // Node destroys the socket of who is not let in, and says no more of it than that the socket has hung up.
  const problem: unknown = secured.authorizationError;
  return problem
    ? handshakeError('clientCertificate', String(problem))
    : handshakeError(reasonOf(cause), undefined, cause);
}

/** Node's two flags for the policy: what they cannot say is looked at after the handshake. */
function nodePolicy({
  requestCert,
  rejectUnauthorized,
  failIfNoPeerCert,
}: ClientCertificatePolicy): NodeTlsOptions {
  return { requestCert, rejectUnauthorized: rejectUnauthorized && failIfNoPeerCert };
}

/** The socket that TLS was laid over, which Node knows and does not document. */
export function rawOf(secured: TLSSocket): Socket | undefined {
  const { _parent: raw } = secured as { readonly _parent?: unknown };
  return raw instanceof Socket ? raw : undefined;
}
