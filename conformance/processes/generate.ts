/**
 * Random programs of plain processes. Only what OTP orders is made up; `../README.md` says what is left out, and why.
 *
 * @module
 */
import fc from 'fast-check';
import type { Reason } from '../scenario.ts';
import { type Draft, ITSELF, LATEST, numbered } from './number.ts';
import type { Op, Pattern, Program, ProgramStep, Target } from './program.ts';

const number = fc.nat(31);
const name = fc.constantFrom('n1', 'n2', 'n3');
const tag = fc.constantFrom('a', 'b', 'c');
const reason = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Reason>('boom', 'bang') },
  { weight: 4, arbitrary: fc.constantFrom<Reason>('normal', 'kill', 'shutdown') },
  { weight: 1, arbitrary: fc.constantFrom<Reason>('killed', 'noproc', { shutdown: 'x' }) },
);
const options = fc.subarray<'flush' | 'info'>(['flush', 'info']);
const pattern = fc.oneof<fc.Arbitrary<Pattern>[]>(
  fc.tuple(fc.constant('msg'), number),
  fc.tuple(fc.constant('msg'), number, tag),
  fc.tuple(fc.constant('exit'), number),
  fc.tuple(fc.constant('down'), number),
);
const target: fc.Arbitrary<Target> = fc.oneof(
  { weight: 4, arbitrary: number },
  { weight: 1, arbitrary: name },
);

/** Ops whose whole effect is there when they return. */
const local = fc.oneof<fc.WeightedArbitrary<Op>[]>(
  { weight: 3, arbitrary: fc.tuple(fc.constant('trap_exit'), fc.boolean()) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('register'), name, number) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('unregister', 'whereis'), name) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('is_alive', 'info'), number) },
  { weight: 4, arbitrary: pattern.map((found): Op => ['receive', ...found]) },
);
const send: fc.Arbitrary<Op> = fc.tuple(fc.constant('send'), target, tag, fc.constant(0));
const monitor: fc.Arbitrary<Op> = fc.tuple(fc.constant('monitor'), fc.constant(0), target);
const demonitor: fc.Arbitrary<Op> = fc.tuple(fc.constant('demonitor'), number, options);
const ending: fc.Arbitrary<Op> = fc.tuple(fc.constantFrom('exit', 'raise', 'throw'), reason);
const signal: fc.Arbitrary<Op> = fc.tuple(fc.constant('signal'), number, reason);
const awaiting: fc.Arbitrary<Op> = pattern.map((wanted): Op => ['await', ...wanted]);

function spawn(body: fc.Arbitrary<readonly Op[]>): fc.Arbitrary<Op> {
  return fc.oneof<fc.Arbitrary<Op>[]>(
    fc.tuple(fc.constantFrom('spawn', 'spawn_link'), fc.constant(0), body),
    fc.tuple(fc.constant('spawn_monitor'), fc.constant(0), fc.constant(0), body),
  );
}

/** A child that has nothing to do yet. */
const idleChild = spawn(fc.constant([]));

/** Looks at itself first, then tells others: nothing comes back before the row is done. */
const plainRow = fc
  .tuple(
    fc.array(local, { maxLength: 4 }),
    fc.array(fc.oneof(send, send, monitor, idleChild), { maxLength: 4 }),
    fc.option(fc.oneof(ending, awaiting), { freq: 3, nil: undefined }),
  )
  .map(([first, then, last]) => [...first, ...then, ...(last === undefined ? [] : [last])]);

/**
 * A process that traps exits deals with one other: it tells it things, ends it, goes on telling. Between two, OTP keeps the
 * order, whatever they are. A child that it has made for that is surely alive before the first signal.
 */
const dealings = fc.oneof(
  number.chain((other) => rowWith(other, fc.constant([]), onTarget(other, false))),
  rowWith(LATEST, fc.tuple(idleChild), onTarget(LATEST, true)),
);

function rowWith(other: number, first: fc.Arbitrary<Op[]>, before: fc.Arbitrary<Op>): fc.Arbitrary<Op[]> {
  const after = fc.oneof(onTarget(other, false), fc.tuple(fc.constant('signal'), fc.constant(other), reason));
  return fc
    .tuple(first, fc.array(before, { maxLength: 5 }), fc.array(after, { maxLength: 5 }))
    .map(([start, then, last]): Op[] => [['trap_exit', true], ...start, ...then, ...(last as Op[])]);
}

/** What is told to one other, which may be dead; or not, then a link or monitor can be taken back at once too. */
function onTarget(other: number, surelyAlive: boolean): fc.Arbitrary<Op> {
  const that = fc.constant(other);
  const always = fc.oneof<fc.Arbitrary<Op>[]>(
    fc.tuple(fc.constantFrom('link', 'is_alive'), that),
    fc.tuple(fc.constant('monitor'), fc.constant(0), that),
    fc.tuple(fc.constant('send'), that, tag, fc.constant(0)),
  );
  if (!surelyAlive) return always;
  return fc.oneof<fc.Arbitrary<Op>[]>(
    always,
    fc.tuple(fc.constantFrom('link', 'unlink'), that),
    fc.constant<Op>(['info', ITSELF]),
    fc.tuple(fc.constant('demonitor'), fc.constant(LATEST), options),
  );
}

/** What a process can do of itself, one thing at a time. */
const single = fc.oneof<fc.WeightedArbitrary<Op>[]>(
  { weight: 6, arbitrary: local },
  { weight: 6, arbitrary: fc.tuple(fc.constant('link'), number) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('unlink'), number) },
  { weight: 2, arbitrary: monitor },
  { weight: 3, arbitrary: demonitor },
  { weight: 2, arbitrary: send },
  { weight: 5, arbitrary: signal },
  { weight: 1, arbitrary: fc.oneof(ending, awaiting, fc.constant<Op>(['flush'])) },
);

const row: fc.Arbitrary<readonly Op[]> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(single) },
  { weight: 2, arbitrary: plainRow },
  { weight: 2, arbitrary: dealings },
  { weight: 3, arbitrary: fc.tuple(spawn(fc.oneof(fc.constant([]), plainRow, dealings))) },
);

const step: fc.Arbitrary<ProgramStep> = fc.tuple(number, row);

/** Random programs. They shrink by steps, by ops, and to lower numbers. */
export const programs: fc.Arbitrary<Program> = fc
  .record<Draft>({
    processes: fc.integer({ min: 1, max: 4 }),
    steps: fc.array(step, { minLength: 1, maxLength: 16, size: 'max' }),
  })
  .map((draft) => numbered('p', draft));
