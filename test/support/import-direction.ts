import { posix } from 'node:path';
import type { PackageRooms } from './rooms.ts';

/** A source file and the modules it names: `packages/runtime/src/pid.ts`, `['./ref.ts', 'node:net']`. */
export interface SourceFile {
  readonly path: string;
  readonly imports: readonly string[];
}

interface Place {
  readonly package: number;
  readonly room: number;
}

/**
 * Answers one sentence for each import that goes upwards, and for each file that has no room. Pure: the caller reads
 * the files.
 */
export function misdirectedImports(files: readonly SourceFile[], table: readonly PackageRooms[]): string[] {
  return files.flatMap((file) => {
    const place = placeOf(file.path, table);
    if (place === undefined) return [`${file.path} is in no room: give it one in test/support/rooms.ts`];
    return file.imports.flatMap((specifier) => {
      const complaint = complaintAbout(file.path, place, specifier, table);
      return complaint === undefined ? [] : [`${file.path} imports ${specifier}: ${complaint}`];
    });
  });
}

function complaintAbout(
  from: string,
  place: Place,
  specifier: string,
  table: readonly PackageRooms[],
): string | undefined {
  if (specifier.startsWith('@thousand-island/')) {
    const target = table.findIndex((entry) => entry.package === specifier.split('/')[1]);
    if (target === -1) return 'there is no such package';
    if (target === place.package) return 'a package does not import itself by its name';
    return target < place.package ? undefined : 'the package lies higher';
  }
  if (!specifier.startsWith('.')) return undefined;

  const target = placeOf(posix.join(posix.dirname(from), specifier), table);
  if (target === undefined) return 'it is in no room';
  if (target.package !== place.package) return 'another package is imported by its name alone';
  return target.room <= place.room ? undefined : 'the room lies higher';
}

function placeOf(path: string, table: readonly PackageRooms[]): Place | undefined {
  const [, name, inside] = /^packages\/([^/]+)\/src\/(.+)$/.exec(path) ?? [];
  const entry = table.findIndex((candidate) => candidate.package === name);
  if (inside === undefined || entry === -1) return undefined;
  const room = table[entry]?.rooms.findIndex((patterns) =>
    patterns.some((pattern) => matches(inside, pattern)),
  );
  return room === undefined || room === -1 ? undefined : { package: entry, room };
}

function matches(path: string, pattern: string): boolean {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
  return new RegExp(pattern.endsWith('/') ? `^${escaped}` : `^${escaped}$`).test(path);
}
