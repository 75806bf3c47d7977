/** The flags of load-client.c, read the same way with the same bounds. */
import { parseArgs } from 'node:util';

const modes = ['echo', 'churn', 'idle'];
const numbers = {
  port: { low: 1, high: 65_535 },
  connections: { low: 1, high: 60_000, otherwise: 1 },
  size: { low: 1, high: 16 << 20, otherwise: 64 },
  depth: { low: 1, high: 64, otherwise: 1 },
  'warm-up': { low: 0, high: 60, otherwise: 1 },
  seconds: { low: 0.01, high: 600, otherwise: 3 },
  hold: { low: 0, high: 600, otherwise: 30 },
  server: { low: 0, high: 1 << 30, otherwise: 0 },
  'source-addresses': { low: 1, high: 250, otherwise: 1 },
};

/** Throws when the command line makes no sense. */
export function parseFlags(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...Object.fromEntries(Object.keys(numbers).map((name) => [name, { type: 'string' }])),
      verify: { type: 'boolean', default: false },
      tls: { type: 'boolean', default: false },
    },
  });
  const [mode, ...more] = positionals;
  if (!modes.includes(mode) || more.length > 0) throw new Error(`one mode is needed: ${modes.join(', ')}`);
  const number = (name) => numberOf(name, values[name]);
  return {
    mode,
    port: number('port'),
    connections: number('connections'),
    // A connection that only proves to be alive needs one byte, once.
    size: mode === 'echo' ? number('size') : 1,
    depth: mode === 'echo' ? number('depth') : 1,
    warmUp: number('warm-up'),
    seconds: number('seconds'),
    hold: number('hold'),
    server: number('server'),
    sourceAddresses: number('source-addresses'),
    verify: values.verify,
    tls: values.tls,
  };
}

function numberOf(name, text) {
  const { low, high, otherwise } = numbers[name];
  const value = text === undefined ? otherwise : Number(text);
  if (text !== '' && value >= low && value <= high) return value;
  throw new Error(`--${name} takes a number from ${low} to ${high}, not ${text}`);
}
