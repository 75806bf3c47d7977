import { soak } from './soak.ts';

const SEED = 20_260_801;

test('24 hours of random failures leave nothing that should not be there, and nothing at all after the stop', async () => {
  const { complaints, leftovers, most, counts } = await soak({ seed: SEED, hours: 24 });
  expect(complaints).toEqual([]);
  expect(leftovers).toEqual([]);
  expect(most).toBeGreaterThanOrEqual(1_000);
  // That it was no idle day: what the tree is put through has all happened, and often.
  for (const [kind, least] of Object.entries({
    spawn: 20_000,
    childTerminated: 2_000,
    shutdown: 100,
    startError: 100,
    shutdownError: 100,
    answered: 1_000,
    unanswered: 1_000,
    down: 300,
    told: 300,
    byAlias: 300,
    gaveUp: 300,
    response: 700,
    enroll: 700,
    dispatched: 200,
    task: 700,
    streamed: 150,
    light: 700,
    cancelled: 80,
  })) {
    expect([kind, counts.get(kind)]).toEqual([kind, expect.any(Number)]);
    expect(counts.get(kind)).toBeGreaterThan(least);
  }
  expect(counts.get('callbackFailed')).toBeUndefined();
}, 120_000);

test('the same seed gives the same trace, another seed another', async () => {
  const { hash: one } = await soak({ seed: SEED, hours: 2 });
  const { hash: again } = await soak({ seed: SEED, hours: 2 });
  const { hash: other } = await soak({ seed: SEED + 1, hours: 2 });
  expect(again).toBe(one);
  expect(other).not.toBe(one);
}, 60_000);
