import fc from 'fast-check';
import { type GroupStrategy, planRestart } from '../../src/supervisor/restart-plan.ts';

const order = ['a', 'b', 'c', 'd'];

test.each<[GroupStrategy, string, string[]]>([
  ['oneForAll', 'a', order],
  ['oneForAll', 'd', order],
  ['restForOne', 'a', order],
  ['restForOne', 'b', ['b', 'c', 'd']],
  ['restForOne', 'd', ['d']],
])('%s: when %s has failed, %j start again [S-34, S-35]', (strategy, failed, plan) => {
  expect(planRestart(strategy, failed, order)).toEqual(plan);
});

test('whatever the strategy, the failed one is among them, and all are in the order they were started', () => {
  const siblings = fc.uniqueArray(fc.string(), { minLength: 1 });
  const strategies = fc.constantFrom<GroupStrategy>('oneForAll', 'restForOne');
  fc.assert(
    fc.property(siblings, fc.nat(), strategies, (ids, position, strategy) => {
      const failed = ids[position % ids.length] as string;
      const plan = planRestart(strategy, failed, ids);
      expect(plan).toContain(failed);
      expect(plan).toEqual(ids.filter((id) => plan.includes(id)));
    }),
  );
});
