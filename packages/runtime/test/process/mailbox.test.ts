import fc from 'fast-check';
import { Mailbox } from '../../src/process/mailbox.ts';

interface Step {
  readonly name: string;
  apply(mailbox: Mailbox, model: number[]): void;
}

const message = fc.integer({ min: 0, max: 9 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: message.map((value) => ({
      name: `push ${value}`,
      apply(mailbox: Mailbox, model: number[]) {
        mailbox.push(value);
        model.push(value);
      },
    })),
  },
  {
    weight: 3,
    arbitrary: fc.constant({
      name: 'shift',
      apply(mailbox: Mailbox, model: number[]) {
        if (model.length > 0) expect(mailbox.shift()).toBe(model.shift());
      },
    }),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(message, fc.nat(12)).map(([value, from]) => ({
      name: `take ${value} from ${from}`,
      apply(mailbox: Mailbox, model: number[]) {
        const index = model.findIndex((each, position) => position >= from && each === value);
        const expected = index === -1 ? undefined : model.splice(index, 1);
        expect(mailbox.take((each) => each === value, from)).toEqual(expected);
      },
    })),
  },
  {
    weight: 1,
    arbitrary: fc.array(message, { maxLength: 4 }).map((values) => ({
      name: `unshift ${values}`,
      apply(mailbox: Mailbox, model: number[]) {
        mailbox.unshift(values);
        model.unshift(...values);
      },
    })),
  },
  {
    weight: 1,
    arbitrary: fc.constant({
      name: 'clear',
      apply(mailbox: Mailbox, model: number[]) {
        mailbox.clear();
        model.length = 0;
      },
    }),
  },
);

test('a mailbox behaves as an array, whatever is done to it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const mailbox = new Mailbox();
      const model: number[] = [];
      for (const { apply } of steps) {
        apply(mailbox, model);
        expect(mailbox.toArray()).toEqual(model);
        expect(mailbox).toHaveLength(model.length);
      }
    }),
    { numRuns: 200 },
  );
});

test('a burst comes out in order, and the mailbox can be used again', () => {
  const mailbox = new Mailbox();
  for (const round of [1, 2]) {
    for (let index = 0; index < 5_000; index++) mailbox.push(index * round);
    for (let index = 0; index < 5_000; index++) expect(mailbox.shift()).toBe(index * round);
    expect(mailbox).toHaveLength(0);
  }
});

test('undefined is a message like any other', () => {
  const mailbox = new Mailbox();
  mailbox.push(undefined);
  mailbox.push(1);
  expect(mailbox.take((each) => each === undefined)).toEqual([undefined]);
  expect(mailbox.toArray()).toEqual([1]);
});
