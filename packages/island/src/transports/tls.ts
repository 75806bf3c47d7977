import type { PeerCertificate, TLSSocket } from 'node:tls';
import { isPromise } from '../awaitable.ts';
import { BadOptionError } from '../errors.ts';
import { nodeCrypto, nodeTls } from '../node-modules.ts';
import type { ListenHandle, ListenOptions, RawSocket, Transport } from '../transport.ts';
import { tcp } from './tcp.ts';
import { checkHost, checkTlsOptions } from './tls-checks.ts';
import { handshakeError } from './tls-failure.ts';
import { filesOf, readFiles, readNow } from './tls-files.ts';
import type { TlsHandshakes } from './tls-handshakes.ts';
import { informationOf, peerCertificateOf } from './tls-information.ts';
import type {
  ClientHelloAnswer,
  HandshakeOptions,
  TlsChanges,
  TlsIdentity,
  TlsOptions,
} from './tls-options.ts';
import { layOver } from './tls-overlay.ts';
import { peekClientHello } from './tls-peek.ts';
import { prepareHandshakes } from './tls-setup.ts';

/** What OTP's `ssl:handshake_cancel` says: a fatal alert in the clear (RFC 8446 sections 5.1 and 6.1). */
const USER_CANCELED = Buffer.from([21, 3, 3, 0, 2, 2, 90]);

/** What handshakes are done with from one change to the next. */
interface Setup {
  readonly options: TlsOptions;
  readonly handshakes: TlsHandshakes;
  /** Those that `clientHello` has asked for, by the object it answered. */
  readonly others: WeakMap<HandshakeOptions, Promise<TlsHandshakes>>;
}

/** TLS, made by `tls(options)`. Several servers, and `switchTransport`, can share one. */
export class TlsTransport implements Transport {
  readonly name = 'tls';
  readonly isSecure = true;
  readonly #ticketKeys = nodeCrypto().randomBytes(48);
  #setup: Setup;
  #changes: Promise<void> = Promise.resolve();

  /** Left to `tls`. */
  constructor(options: TlsOptions) {
    checkTlsOptions(options);
    this.#setup = this.#made(options, prepareHandshakes(options, readNow, this.#ticketKeys));
  }

  listen(options: ListenOptions, onSocket: (raw: RawSocket) => void): Promise<ListenHandle> {
    return tcp.listen(options, onSocket);
  }

  handshake(raw: RawSocket): Promise<TLSSocket> {
    const { handshakes, options } = this.#setup;
    return options.clientHello === undefined
      ? handshakes.secure(raw)
      : this.#askFirst(raw, options.clientHello);
  }

  upgrade(raw: RawSocket): Promise<TLSSocket> {
    return this.handshake(raw);
  }

  peercert(raw: RawSocket): PeerCertificate | undefined {
    return isTls(raw) ? peerCertificateOf(raw) : undefined;
  }

  negotiatedProtocol(raw: RawSocket): string | undefined {
    return isTls(raw) && typeof raw.alpnProtocol === 'string' ? raw.alpnProtocol : undefined;
  }

  connectionInformation(raw: RawSocket): Readonly<Record<string, unknown>> {
    return isTls(raw) ? { ...informationOf(raw) } : {};
  }

  /**
   * Reads the files again, and takes `changes` in place of what was said before: for a certificate that was renewed. Resolves
   * when every handshake that begins from then on uses them; the connections that there are, and handshakes that have begun,
   * are left alone.
   *
   * Rejects with `CertificateError` or `BadOptionError` if the new ones are of no use, for instance because the key does not
   * belong to the certificate, as when only one of two files has been written so far; then the old ones stay in use.
   */
  reload(changes: TlsChanges = {}): Promise<void> {
    return this.#change((options) => layOver(options, changes));
  }

  /** Serves a host with an identity of its own from now on, in place of the one it has, if it has one. As `reload`. */
  setHost(host: string, identity: TlsIdentity): Promise<void> {
    checkHost('host', host);
    return this.#change((options) => ({
      ...options,
      sniHosts: { ...without(options, host), [host]: identity },
    }));
  }

  /** Serves a host as any other from now on. As `reload`; nothing happens if it has no identity of its own. */
  removeHost(host: string): Promise<void> {
    checkHost('host', host);
    return this.#change((options) => ({ ...options, sniHosts: without(options, host) }));
  }

  /** One change after the other, each whole or not at all. */
  #change(change: (options: TlsOptions) => TlsOptions): Promise<void> {
    const changed = this.#changes.then(async () => {
      const options = change(this.#setup.options);
      checkTlsOptions(options);
      const read = await readFiles(filesOf(options));
      this.#setup = this.#made(options, prepareHandshakes(options, read, this.#ticketKeys));
    });
    this.#changes = changed.catch(() => {});
    return changed;
  }

  #made(options: TlsOptions, handshakes: TlsHandshakes): Setup {
    return { options, handshakes, others: new WeakMap() };
  }

  async #askFirst(raw: RawSocket, ask: NonNullable<TlsOptions['clientHello']>): Promise<TLSSocket> {
    const hello = await peekClientHello(raw);
    const { handshakes, others, options } = this.#setup;
    let answer: ClientHelloAnswer;
    let chosen = handshakes;
    try {
      const asked = ask(hello);
      answer = isPromise<ClientHelloAnswer>(asked) ? await whileOpen(raw, asked) : asked;
      if (answer !== undefined && !('refuse' in answer)) chosen = await this.#other(options, others, answer);
    } catch (cause) {
      throw raw.destroyed ? handshakeError('closed') : handshakeError('callback', 'clientHello', cause);
    }
    if (answer !== undefined && 'refuse' in answer) {
      raw.write(USER_CANCELED);
      throw handshakeError('refused', String(answer.refuse));
    }
    return chosen.secure(raw);
  }

  /** The handshakes with other options: prepared when they are asked for first. */
  #other(options: TlsOptions, others: Setup['others'], changes: HandshakeOptions): Promise<TlsHandshakes> {
    const known = others.get(changes);
    if (known !== undefined) return known;
    const prepare = async (): Promise<TlsHandshakes> => {
      if ('clientHello' in changes)
        throw new BadOptionError(
          'clientHello',
          'the option clientHello cannot be different for one handshake',
        );
      const all = layOver(options, changes);
      checkTlsOptions(all);
      return prepareHandshakes(all, await readFiles(filesOf(all)), this.#ticketKeys);
    };
    const prepared = prepare();
    others.set(changes, prepared);
    // What could not be read may be there the next time.
    prepared.catch(() => others.delete(changes));
    return prepared;
  }
}

/**
 * TLS. Elixir: `ThousandIsland.Transports.SSL`.
 *
 * Reads and checks everything at once: throws `BadOptionError` for an option that is unknown or impossible, and
 * `CertificateError` if there is no certificate, or one is of no use. Nothing secret is in a message.
 */
export function tls(options: TlsOptions): TlsTransport {
  return new TlsTransport(options);
}

/** What is waited for, as long as there is somebody to wait for it: rejects when the socket has closed. */
function whileOpen<Value>(raw: RawSocket, awaited: PromiseLike<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => reject(handshakeError('closed'));
    const forget = (): void => void raw.off('close', onClose);
    raw.on('close', onClose);
    void Promise.resolve(awaited).finally(forget).then(resolve, reject);
  });
}

function without(options: TlsOptions, host: string): Record<string, TlsIdentity> {
  const name = host.toLowerCase();
  return Object.fromEntries(
    Object.entries(options.sniHosts ?? {}).filter(([each]) => each.toLowerCase() !== name),
  );
}

function isTls(raw: RawSocket): raw is TLSSocket {
  return raw instanceof nodeTls().TLSSocket;
}
