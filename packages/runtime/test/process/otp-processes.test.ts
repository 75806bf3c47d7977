import { canonicalTrace } from '../../../../conformance/processes/canonical.ts';
import { replay, showDifference } from '../../../../conformance/replay.ts';
import { recordedPrograms } from '../support/otp-files.ts';

const programs = recordedPrograms();

describe('plain processes do what those of real OTP did', () => {
  test('500 recorded programs, all of them random', async () => {
    const differences = [];
    for (const [program, result] of programs) differences.push(await replay(program, result));
    const shown = differences.flatMap((each) => (each === undefined ? [] : [showDifference(each)]));
    expect(programs).toHaveLength(500);
    expect(shown).toEqual([]);
  });

  test('a trace that differs is noticed', async () => {
    const [program, result] = programs[0] as (typeof programs)[number];
    const trace = [...(result.trace ?? []), '> 99 p0'];
    expect(await replay(program, { ...result, trace })).toMatchObject({ expected: '> 99 p0' });
  });
});

describe('what OTP leaves unordered', () => {
  test('is the order between processes', () => {
    expect(canonicalTrace(['> 1 p0', 'p2 exits boom', 'p0 send = ok', 'p2 = x', '? p0 …'])).toEqual([
      '> 1 p0',
      'p0 send = ok',
      'p2 exits boom',
      'p2 = x',
      '? p0 …',
    ]);
  });

  test('is the order between senders, and of what one end brings', () => {
    const mailbox = 'msg p2 a.1, DOWN p1 m0 p1 boom, msg p2 a.0, EXIT p1 boom';
    expect(canonicalTrace(['> 1 p0', `p0 flush = [${mailbox}]`])).toEqual([
      '> 1 p0',
      'p0 flush = [DOWN p1 m0 p1 boom, EXIT p1 boom, msg p2 a.1, msg p2 a.0]',
    ]);
  });

  test('is whether one that waited has come to receive before it was ended', () => {
    expect(canonicalTrace(['> 1 p0', 'p1 await = msg p0 a.0', 'p1 exits boom'])).toEqual([
      '> 1 p0',
      'p1 exits boom',
    ]);
    expect(canonicalTrace(['> 1 p0', 'p1 await = msg p0 a.0'])).toHaveLength(2);
  });

  test('but not that of messages from one sender, nor of an end after them', () => {
    const line = 'p0 flush = [msg p1 b.1, msg p1 a.2, EXIT p1 boom, msg p1 a.3]';
    expect(canonicalTrace(['> 1 p0', line])).toEqual(['> 1 p0', line]);
  });
});
