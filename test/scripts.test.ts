import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(__dirname, '../scripts/test');

/** The scripts are plain JavaScript modules, which jest cannot load: Node's own runner tests them. */
test.each(readdirSync(folder))('%s passes', (file) => {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const options = { encoding: 'utf8', timeout: 60_000, env } as const;
  const { status, stdout } = spawnSync(process.execPath, ['--test', join(folder, file)], options);
  expect({ status, told: status === 0 ? '' : stdout }).toEqual({ status: 0, told: '' });
});
