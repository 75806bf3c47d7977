import { excuses } from '../../../../conformance/excuses.ts';
import { replay, showDifference } from '../../../../conformance/replay.ts';
import { recorded } from '../support/otp-files.ts';

async function differenceOf([scenario, result]: ReturnType<typeof recorded>[number]): Promise<
  string | undefined
> {
  const difference = await replay(scenario, result, excuses);
  return difference === undefined ? undefined : showDifference(difference);
}

describe('supervision trees do what real OTP did', () => {
  const named = recorded('scenarios');

  test('there are 39 named scenarios, and one of them is excused', () => {
    expect(named).toHaveLength(39);
    expect(excuses.map(({ id }) => id)).toEqual(['38-wart-simple-ignore-on-restart']);
  });

  test.each(named.map((pair) => [pair[0].id, pair] as const))('%s', async (_, pair) => {
    expect(await differenceOf(pair)).toBeUndefined();
  });

  test.each([
    ['corpus', 500],
    ['dynamic', 306],
  ] as const)('%s: %i recorded scenarios, most of them random', async (name, count) => {
    const pairs = recorded(name);
    const differences = [];
    for (const pair of pairs) differences.push(await differenceOf(pair));
    expect(pairs).toHaveLength(count);
    expect(differences.filter((difference) => difference !== undefined)).toEqual([]);
  });
});

describe('the comparison', () => {
  const [scenario, result] = recorded('scenarios')[0] as ReturnType<typeof recorded>[number];

  test('names the first line that differs', async () => {
    const trace = (result.trace ?? []).map((line) => line.replace('start /a#2 ok', 'start /a#3 ok'));
    expect(await differenceOf([scenario, { ...result, trace }])).toBe(
      '01-one_for_one, line 12:\n  OTP:  start /a#3 ok\n  here: start /a#2 ok',
    );
  });

  test('sees a trace that is too short, or too long', async () => {
    const trace = result.trace ?? [];
    expect(await differenceOf([scenario, { ...result, trace: trace.slice(0, -1) }])).toMatch(
      'OTP:  (nothing)',
    );
    expect(await differenceOf([scenario, { ...result, trace: [...trace, '= more'] }])).toMatch(
      'here: (nothing)',
    );
  });

  test('takes no excuse where OTP has printed something else than is excused', async () => {
    const [wart] = recorded('scenarios').filter(([{ id }]) => id.startsWith('38-'));
    const [wartScenario, wartResult] = wart as ReturnType<typeof recorded>[number];
    const trace = (wartResult.trace ?? []).map((line) => line.replace('start /y#1 ok', 'start /y#1 ignore'));
    expect(await differenceOf([wartScenario, { ...wartResult, trace }])).toMatch('start /y#1 ignore');
  });
});
