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

/** What reaches others only when the row is done. */
const outward = fc.oneof(send, send, monitor, idleChild);

/** The end of a row: of the process too, or it waits. What comes after an end happens only if that was trapped. */
const conclusion = fc.oneof<fc.Arbitrary<Op[]>[]>(
  fc.tuple(ending),
  fc.tuple(awaiting),
  fc
    .tuple(reason, fc.array(outward, { maxLength: 3 }))
    .map(([why, after]): Op[] => [['signal', ITSELF, why], ...after]),
);

/** Looks at itself first, then tells others: nothing comes back before the row is done. */
const plainRow = fc
  .tuple(
    fc.array(local, { maxLength: 4 }),
    fc.array(outward, { maxLength: 4 }),
    fc.option(conclusion, { freq: 3, nil: [] }),
  )
  .map(([first, then, last]) => [...first, ...then, ...last]);

/** What can be told to one other at any time. Not a link: after a signal it is a second one, or the first, by chance. */
function toldTo(other: number): fc.Arbitrary<Op> {
  const that = fc.constant(other);
  return fc.oneof<fc.Arbitrary<Op>[]>(
    fc.tuple(fc.constant('is_alive'), that),
    fc.tuple(fc.constant('monitor'), fc.constant(0), that),
    fc.tuple(fc.constant('send'), that, tag, fc.constant(0)),
  );
}

/** What can be told to one that is surely alive: a link or monitor can be taken back at once too. */
const toChild = fc.oneof<fc.WeightedArbitrary<Op>[]>(
  { weight: 2, arbitrary: toldTo(LATEST) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('link', 'unlink'), fc.constant(LATEST)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('demonitor'), fc.constant(LATEST), options) },
  { weight: 1, arbitrary: fc.constant<Op>(['info', ITSELF]) },
);

/**
 * A process that traps exits deals with one other: it tells it things, ends it, goes on telling. Between two, OTP keeps the
 * order, whatever they are. A child that it has made for that is surely alive before the first signal.
 */
const dealings = fc.oneof(
  number.chain((other) =>
    rowWith(
      other,
      fc.constant([]),
      fc.oneof(toldTo(other), fc.tuple(fc.constant('link'), fc.constant(other))),
    ),
  ),
  rowWith(LATEST, fc.tuple(idleChild), toChild),
);

function rowWith(other: number, first: fc.Arbitrary<Op[]>, before: fc.Arbitrary<Op>): fc.Arbitrary<Op[]> {
  const after = fc.oneof(toldTo(other), fc.tuple(fc.constant('signal'), fc.constant(other), reason));
  return fc
    .tuple(first, fc.array(before, { maxLength: 5 }), fc.array(after, { maxLength: 5 }))
    .map(([start, then, last]): Op[] => [['trap_exit', true], ...start, ...then, ...(last as Op[])]);
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

const step: fc.Arbitrary<readonly ProgramStep[]> = fc.tuple(fc.tuple(number, row));

/** One writes to another, which then looks for some of it. */
const letters: fc.Arbitrary<readonly ProgramStep[]> = fc
  .tuple(
    number,
    number,
    fc.array(tag, { minLength: 1, maxLength: 4 }),
    fc.array(fc.option(tag), { minLength: 1, maxLength: 4 }),
  )
  .map(([from, to, sent, wanted]) => [
    [from, sent.map((each): Op => ['send', to, each, 0])],
    [to, wanted.map((each): Op => (each === null ? ['receive', 'msg', 0] : ['receive', 'msg', 0, each]))],
  ]);

/** One follows the end of another. */
const follows: fc.Arbitrary<readonly ProgramStep[]> = fc
  .tuple(
    number,
    number,
    fc.subarray(['link', 'monitor', 'monitor'] as const),
    fc.oneof(ending, signal),
    fc.shuffledSubarray<Op>([
      ['receive', 'exit', 0],
      ['receive', 'down', 0],
      ['receive', 'down', 2],
      ['demonitor', 0, ['flush', 'info']],
      ['demonitor', 2, ['info']],
    ]),
  )
  .map(([follower, other, ties, end, then]): readonly ProgramStep[] => [
    [follower, [['trap_exit', true]]],
    ...ties.map((tie): ProgramStep => [follower, [tie === 'link' ? [tie, other] : [tie, 0, other]]]),
    end[0] === 'signal' ? [follower, [['signal', other, end[2]]]] : [other, [end]],
    [
      follower,
      then.map((op): Op => (op[0] === 'receive' && op[1] === 'exit' ? ['receive', 'exit', other] : op)),
    ],
  ]);

const scene = fc.oneof(
  { weight: 12, arbitrary: step },
  { weight: 2, arbitrary: letters },
  { weight: 2, arbitrary: follows },
);

/** Random programs. They shrink by steps, by ops, and to lower numbers. */
export const programs: fc.Arbitrary<Program> = fc
  .record<Draft>({
    processes: fc.integer({ min: 1, max: 4 }),
    steps: fc.array(scene, { minLength: 1, maxLength: 14, size: 'max' }).map((scenes) => scenes.flat()),
  })
  .map((draft) => numbered('p', draft));
