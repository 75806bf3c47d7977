import type { TlsOptions as NodeTlsOptions, SecureContext } from 'node:tls';
import type { Awaitable } from '@thousand-island/runtime';
import { isPromise } from '../awaitable.ts';
import { type LoadedIdentity, loadIdentity } from './tls-certificate.ts';
import { checkIdentity } from './tls-checks.ts';
import { handshakeError } from './tls-failure.ts';
import { filesOf, readFiles } from './tls-files.ts';
import type { TlsIdentity, TlsOptions } from './tls-options.ts';

type Ask = NonNullable<TlsOptions['sniFunction']>;
type SniCallback = NonNullable<NodeTlsOptions['SNICallback']>;

/** Asks a function for a host's identity. What it answers is prepared once for each object, which it may give again. */
export class HostFunction {
  readonly #ask: Ask;
  readonly #contextOf: (identity: LoadedIdentity) => SecureContext;
  readonly #prepared = new WeakMap<TlsIdentity, SecureContext>();

  constructor(ask: Ask, contextOf: (identity: LoadedIdentity) => SecureContext) {
    this.#ask = ask;
    this.#contextOf = contextOf;
  }

  /** As Node calls it. */
  readonly callback: SniCallback = (name, done) => {
    const fail = (cause: unknown): void => done(handshakeError('callback', 'sniFunction', cause));
    const finish = (identity: TlsIdentity | undefined): void => {
      const context = this.#find(identity);
      if (isPromise<SecureContext>(context)) context.then((made) => done(null, made), fail);
      else done(null, context as SecureContext | undefined);
    };
    try {
      const answer = this.#ask(name.toLowerCase());
      // What can be waited for need not be a promise, whose `then` answers another.
      if (isPromise<TlsIdentity | undefined>(answer)) void Promise.resolve(answer).then(finish).catch(fail);
      else finish(answer as TlsIdentity | undefined);
    } catch (cause) {
      fail(cause);
    }
  };

  #find(identity: TlsIdentity | undefined): Awaitable<SecureContext | undefined> {
    if (identity === undefined) return undefined;
    const known = this.#prepared.get(identity);
    if (known !== undefined) return known;
    checkIdentity('sniFunction', identity);
    const files = filesOf(identity);
    if (files.length > 0)
      return readFiles(files).then((read) =>
        this.#keep(identity, loadIdentity('sniFunction.', identity, read)),
      );
    return this.#keep(
      identity,
      loadIdentity('sniFunction.', identity, () => Buffer.alloc(0)),
    );
  }

  #keep(identity: TlsIdentity, loaded: LoadedIdentity): SecureContext {
    const context = this.#contextOf(loaded);
    this.#prepared.set(identity, context);
    return context;
  }
}
