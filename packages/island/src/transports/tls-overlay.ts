import type { TlsChanges, TlsOptions } from './tls-options.ts';

/** What is said in more than one way: to say it in one takes back the others. */
const GROUPS: readonly (readonly (keyof TlsOptions)[])[] = [
  ['cert', 'certFile', 'key', 'keyFile', 'passphrase', 'certificates'],
  ['ca', 'caFile'],
  ['sniHosts', 'sniFunction'],
];

/** Options with changes laid over them. */
export function layOver(options: TlsOptions, changes: TlsChanges): TlsOptions {
  const kept: Record<string, unknown> = { ...options };
  for (const group of GROUPS) {
    if (group.every((option) => changes[option] === undefined)) continue;
    for (const option of group) delete kept[option];
  }
  Object.assign(kept, changes);
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
}
