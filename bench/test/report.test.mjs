import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { formatJson, formatTable } from '../report.mjs';
import { targetOf } from '../targets.mjs';

const row = {
  work: 'echo50',
  ours: 120_000.123_4,
  peer: 100_000,
  peerName: 'net',
  unit: 'req/s',
  better: 'higher',
  ratio: 1.200_001_234,
  spread: 0.052_34,
  rounds: 5,
};

test('a line of JSON has exactly the keys that programs read', () => {
  const parsed = JSON.parse(formatJson(row));
  deepEqual(Object.keys(parsed), ['work', 'ours', 'peer', 'peerName', 'unit', 'ratio', 'spread', 'rounds']);
  deepEqual(parsed, {
    work: 'echo50',
    ours: 120_000.12,
    peer: 100_000,
    peerName: 'net',
    unit: 'req/s',
    ratio: 1.2,
    spread: 0.0523,
    rounds: 5,
  });
});

test('the table has a line for each row, below its titles, with what was aimed at', () => {
  const [titles, first, second, ...more] = formatTable([row, { ...row, ratio: 0.5 }], targetOf).split('\n');
  match(titles, /^work +ours +peer +unit +against +ratio +target +better +spread +rounds$/);
  match(first, /^echo50 +120,000 +100,000 +req\/s +net +1\.20 +>= 1\.1: ok +higher +5 % +5$/);
  match(second, /0\.50 +>= 1\.1: SHORT/);
  deepEqual(more, []);
});

test('a target is the most where less is better, a limit of ours alone where a peer is no measure, or none', () => {
  equal(targetOf({ ...row, work: 'idle', ratio: 1.25 }), '<= 1.25: ok');
  equal(targetOf({ ...row, work: 'idle', ratio: 1.26 }), '<= 1.25: SHORT');
  equal(targetOf({ ...row, work: 'latency', unit: 'ms p99', ours: 19.9, ratio: 90 }), 'ours < 20 ms: ok');
  equal(targetOf({ ...row, work: 'latency', unit: 'ms p99', ours: 20, ratio: 1 }), 'ours < 20 ms: SHORT');
  equal(targetOf({ ...row, work: 'supervisor-100k', peerName: 'erlang' }), '');
});
