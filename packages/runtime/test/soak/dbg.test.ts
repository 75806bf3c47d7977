import { soak } from './soak.ts';
test('x', async () => {
  for (let seed = Number(process.env.SEED ?? 1), end = seed + Number(process.env.N ?? 1); seed < end; seed++) {
    const t = performance.now();
    try {
      const { complaints, leftovers, hash } = await soak({ seed, hours: Number(process.env.SOAK ?? 24) });
      const again = process.env.TWICE ? await soak({ seed, hours: Number(process.env.SOAK ?? 24) }) : { hash };
      process.stderr.write(`${seed} ${Math.round(performance.now() - t)} ${hash === again.hash} ${complaints.slice(0, 6).join('; ')} | ${leftovers.slice(0, 6).join('; ')}\n`);
    } catch (e) { process.stderr.write(`${seed} ${(e as Error).stack}\n`); }
  }
}, 1000000);
