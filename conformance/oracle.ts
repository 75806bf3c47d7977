import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../otp/run.sh', import.meta.url));
const elixir = process.env.ELIXIR_EBIN ?? '/usr/lib/elixir/lib/elixir/ebin';

/** Whether real OTP can be asked on this machine. */
export function hasErlang(): boolean {
  return ['erl', 'erlc'].every((program) => spawnSync('which', [program]).status === 0);
}

/** Whether it can be asked about `DynamicSupervisor` too. */
export function hasElixir(): boolean {
  return existsSync(elixir);
}

/** Random scenarios, one a line; the same for the same seed. */
export function generate(count: number, seed: number): Promise<string> {
  return runOracle(['gen', String(count), String(seed), ...(hasElixir() ? ['dyn'] : [])], '');
}

/** What real OTP makes of the scenarios, one result a line. */
export function askOtp(scenarios: string): Promise<string> {
  return runOracle(['run', '-'], scenarios);
}

function runOracle(args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const oracle = spawn(script, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    oracle.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    oracle.once('error', reject);
    oracle.once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${script} ${args.join(' ')} ended with ${code}`));
    });
    // An oracle that ends early says so by its exit code.
    oracle.stdin.on('error', () => {});
    oracle.stdin.end(input);
  });
}
