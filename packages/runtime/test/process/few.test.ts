import fc from 'fast-check';
import { countOf, excluding, type Few, has, including, members } from '../../src/process/few.ts';

const things = Array.from({ length: 4 }, (_, number) => ({ number }));

const step = fc.record({ kind: fc.constantFrom('in', 'out'), thing: fc.constantFrom(...things) });

describe('the few', () => {
  test('are what a set would be, whatever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const set = new Set<object>();
        let few: Few<object>;
        for (const { kind, thing } of steps) {
          if (kind === 'in') {
            set.add(thing);
            few = including(few, thing);
          } else {
            set.delete(thing);
            few = excluding(few, thing);
          }
          expect([...members(few)]).toEqual([...set]);
          expect(countOf(few)).toBe(set.size);
          for (const each of things) expect(has(few, each)).toBe(set.has(each));
          // Nobody costs nothing, also who has had many.
          if (set.size === 0) expect(few).toBeUndefined();
        }
      }),
    );
  });
});
