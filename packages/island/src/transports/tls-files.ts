import { CertificateError } from '../errors.ts';
import { nodeFs } from '../node-modules.ts';
import { attempt } from './attempt.ts';
import type { TlsIdentity, TlsOptions } from './tls-options.ts';

/** Answers what a file contains. Throws `CertificateError` if it cannot be read. */
export type ReadFile = (option: string, path: string) => Buffer;

/** The files that options name: what has to be there before they can be loaded. */
export function filesOf(options: TlsOptions): string[] {
  const identities: TlsIdentity[] = [options, ...Object.values(options.sniHosts ?? {})];
  const sources = identities.flatMap((identity) => [identity, ...(identity.certificates ?? [])]);
  const files = sources.flatMap(({ certFile, keyFile }) => [certFile, keyFile]);
  return [...files, ...identities.map(({ caFile }) => caFile)].filter((file) => file !== undefined);
}

/** Reads while the caller waits: for a transport that is being made. */
export const readNow: ReadFile = (option, path) =>
  attempt(
    () => nodeFs().readFileSync(path),
    (cause) => unreadable(option, path, cause),
  );

/** Reads files at once, for who asks for them afterwards: so those that are read were there at about the same time. */
export async function readFiles(paths: readonly string[]): Promise<ReadFile> {
  const contents = new Map(
    await Promise.all(
      paths.map(
        async (path) =>
          [
            path,
            await nodeFs()
              .promises.readFile(path)
              .catch((error: unknown) => error),
          ] as const,
      ),
    ),
  );
  return (option, path) => {
    const content = contents.get(path);
    if (Buffer.isBuffer(content)) return content;
    throw unreadable(option, path, content);
  };
}

function unreadable(option: string, path: string, cause: unknown): CertificateError {
  const why = String((cause as NodeJS.ErrnoException | undefined)?.code ?? cause);
  return new CertificateError('unreadable', `the file of ${option}, ${path}, cannot be read: ${why}`, {
    cause,
  });
}
