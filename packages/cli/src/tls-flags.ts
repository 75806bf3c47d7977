import { resolve } from 'node:path';
import type { TlsTransport } from '@thousand-island/island';
import type { Packages } from './packages.ts';
import { UsageError } from './usage-error.ts';

/** How TLS was asked for: files as the user names them. */
export interface ServeTls {
  readonly certFile: string;
  /** The certificate's file, if it was not said. */
  readonly keyFile?: string;
  /** Whose certificates clients must have; none is asked for without it. */
  readonly caFile?: string;
  readonly alpn?: readonly string[];
}

/** Throws `UsageError` for what is of no use without a certificate. */
export function checkTlsFlags(given: ReadonlyMap<string, string>): void {
  if (given.has('tls-cert')) return;
  for (const option of ['tls-key', 'tls-ca', 'alpn']) {
    if (given.has(option))
      throw new UsageError(`the option --${option} is for --tls-cert, which is not given`);
  }
}

/** `h2,http/1.1`, as the server prefers them; undefined if one is empty or too long. */
export function readAlpn(text: string): readonly string[] | undefined {
  const protocols = text.split(',').map((each) => each.trim());
  return protocols.every((each) => each !== '' && Buffer.byteLength(each) <= 255) ? protocols : undefined;
}

/** The transport with the files in this folder. Throws `CertificateError`. */
export function tlsTransport(
  { tls }: Packages,
  { certFile, keyFile, caFile, alpn }: ServeTls,
  cwd: string,
): TlsTransport {
  return tls({
    certFile: resolve(cwd, certFile),
    ...(keyFile === undefined ? {} : { keyFile: resolve(cwd, keyFile) }),
    ...(caFile === undefined ? {} : { requestCert: true, caFile: resolve(cwd, caFile) }),
    ...(alpn === undefined ? {} : { alpn }),
  });
}

const FLAGS: Readonly<Record<string, string>> = {
  certFile: '--tls-cert',
  keyFile: '--tls-key',
  'key or keyFile': '--tls-key',
  caFile: '--tls-ca',
};

/** What is wrong with a certificate, for those who have named it by a flag and know of no options. */
export function certificateMessage({ message }: Error): string {
  return message.replaceAll(
    /(?<![\w./-])(?:certFile|(?:key or )?keyFile|caFile)(?![\w./-])/g,
    (name) => FLAGS[name] ?? name,
  );
}
