import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const bench = join(__dirname, '../bench');
const timeout = 60_000;

/** Its modules are plain JavaScript modules, which jest cannot load: Node's own runner tests them. */
function node(...args: string[]) {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return spawnSync(process.execPath, args, { encoding: 'utf8', timeout, env });
}

describe('the bench', () => {
  const files = readdirSync(join(bench, 'test'));

  test.each(files)('%s passes', (file) => {
    const { status, stdout } = node('--test', join(bench, 'test', file));
    expect({ status, told: status === 0 ? '' : stdout }).toEqual({ status: 0, told: '' });
  });

  test('says how it is used, and ends with 2 when it is used wrongly', () => {
    expect(node(join(bench, 'run.mjs'), '--help')).toMatchObject({ status: 0, stderr: '' });
    const wrong = node(join(bench, 'run.mjs'), '--only', 'nothing');
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
    expect(wrong.stderr).toContain("there is no work 'nothing'");
  });
});
