import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommandLine, UsageError } from '../command-line.mjs';

const works = [
  { name: 'echo', peers: ['net'] },
  { name: 'call', peers: ['erlang', 'nact'] },
];

test('without options it is all works against all peers, five rounds each', () => {
  const options = parseCommandLine([], works);
  deepEqual(options.chosen, works);
  equal(options.peers, undefined);
  equal(options.rounds, 5);
  equal(options.quick, false);
});

test('works are chosen by name, in one list or several, and run in their own order', () => {
  const named = (args) => parseCommandLine(args, works).chosen.map(({ name }) => name);
  deepEqual(named(['--only', 'call']), ['call']);
  deepEqual(named(['--only', 'call, echo']), ['echo', 'call']);
  deepEqual(named(['--only', 'call', '--only', 'echo']), ['echo', 'call']);
});

test('a quick run has one round unless another number is said', () => {
  equal(parseCommandLine(['--quick'], works).rounds, 1);
  equal(parseCommandLine(['--quick', '--rounds', '3'], works).rounds, 3);
});

for (const [what, args, said] of [
  ['an unknown work', ['--only', 'ecko'], /no work 'ecko': choose from echo, call/],
  ['an unknown peer', ['--peers', 'deno'], /no peer 'deno': choose from net, erlang, nact/],
  ['no rounds', ['--rounds', '0'], /from 1 to 100, not '0'/],
  ['a fraction of a round', ['--rounds', '1.5'], /not '1.5'/],
  ['an unknown option', ['--fast'], /--fast/],
  ['a stray word', ['echo'], /echo/],
  ['growth of one work', ['--growth', '--only', 'echo'], /--growth knows no --only/],
  ['growth as JSON', ['--growth', '--json'], /--growth knows no --json/],
]) {
  test(`${what} is refused with what is allowed`, () => {
    throws(
      () => parseCommandLine(args, works),
      (error) => error instanceof UsageError && said.test(error.message),
    );
  });
}

test('growth can be quick', () => {
  const { growth, quick } = parseCommandLine(['--growth', '--quick'], works);
  deepEqual({ growth, quick }, { growth: true, quick: true });
});
