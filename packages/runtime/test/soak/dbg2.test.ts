import { soak } from './soak.ts';
import { Trace } from './trace.ts';
test('x', async () => {
  const lines: string[] = [];
  const add = Trace.prototype.add;
  let done = false;
  Trace.prototype.add = function (this: Trace, kind: string, what: string) { if (!done) lines.push(`${kind} ${what}`); if (kind === 'shutdown' && what.startsWith('1 ')) done = true; if (lines.length > 40000) lines.splice(0, 20000); return add.call(this, kind, what); };
  try { await soak({ seed: Number(process.env.SEED ?? 1), hours: Number(process.env.SOAK ?? 24) }); } catch (e) { process.stderr.write(String(e)); }
  process.stderr.write(`${done}\n`+lines.slice(-Number(process.env.N ?? 60)).join('\n'));
}, 100000);
