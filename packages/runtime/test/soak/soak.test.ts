import { soak } from './soak.ts';

test('24 hours of random failures leave nothing behind that should not be there', async () => {
  const { complaints, leftovers, most, counts } = await soak({ seed: 1, hours: Number(process.env.SOAK ?? 1) });
  process.stderr.write(`${most} ${JSON.stringify([...counts])}\n`);
  expect(complaints).toEqual([]);
  expect(leftovers).toEqual([]);
}, 120_000);

test('the same seed gives the same trace, another seed another', async () => {
  const one = await soak({ seed: 7, hours: 1 });
  const again = await soak({ seed: 7, hours: 1 });
  const other = await soak({ seed: 8, hours: 1 });
  expect(again.hash).toBe(one.hash);
  expect(other.hash).not.toBe(one.hash);
}, 60_000);
