import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..');

/** For each dependency from elsewhere, the ranges in which the manifests ask for it. */
function ranges(): Map<string, Set<string>> {
  const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name));
  const manifests = ['', 'bench', ...packages]
    .map((folder) => join(root, folder, 'package.json'))
    .filter((file) => existsSync(file));
  const found = new Map<string, Set<string>>();
  for (const file of manifests) {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(file, 'utf8'));
    for (const [name, range] of Object.entries<string>({ ...dependencies, ...devDependencies })) {
      if (range.startsWith('workspace:')) continue;
      found.set(name, (found.get(name) ?? new Set()).add(range));
    }
  }
  return found;
}

describe('the dependencies', () => {
  test('are asked for in one range each, so that whoever installs has one copy', () => {
    const several = [...ranges()].filter(([, asked]) => asked.size > 1);
    expect(several.map(([name, asked]) => `${name} ${[...asked].join(', ')}`)).toEqual([]);
  });

  // The runtime goes by what the actors of XState keep to themselves, which a minor version may change.
  test('that the runtime looks into stay at one minor version, also where the guide installs them', () => {
    const [range = ''] = ranges().get('xstate') ?? [];
    expect(range).toMatch(/^~/);
    const guide = readFileSync(join(root, 'docs/guides/state-machines.md'), 'utf8');
    expect(guide).toContain(`npm install @thousand-island/runtime xstate@${range}\n`);
  });
});
