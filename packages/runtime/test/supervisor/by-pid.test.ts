import fc from 'fast-check';
import { Pid } from '../../src/pid.ts';
import { ByPid } from '../../src/supervisor/by-pid.ts';
import { Child } from '../../src/supervisor/child.ts';
import { resolveChildSpec } from '../../src/supervisor/child-spec.ts';

const spec = resolveChildSpec({ id: 'a', start: () => ({ kind: 'ignore' }) });
const pids = Array.from({ length: 12 }, (_, id) => new Pid(0, id));

test('finds, whatever came and went, what a map would find', () => {
  const place = fc.nat(pids.length - 1);
  const steps = fc.array(
    fc.record({
      what: fc.constantFrom('set', 'set', 'delete', 'replace', 'clear'),
      one: place,
      other: place,
    }),
  );
  fc.assert(
    fc.property(steps, (all) => {
      const children = new ByPid<Child>();
      const map = new Map<Pid, Child>();
      for (const { what, one, other } of all) {
        const [pid, before] = [pids[one] as Pid, pids[other] as Pid];
        const child = new Child(spec);
        if (what === 'clear') {
          // Seldom: it takes nine to be looked through no more.
          if (one > 0) continue;
          children.clear();
          map.clear();
        } else if (what === 'delete') {
          children.delete(pid);
          map.delete(pid);
        } else if (what === 'set') {
          children.set(pid, child);
          map.set(pid, child);
        } else if (!map.has(pid)) {
          children.replace(before, pid, child);
          map.delete(before);
          map.set(pid, child);
        }
        for (const each of pids) expect(children.get(each)).toBe(map.get(each));
        expect(children.size).toBe(map.size);
        expect(new Map(children.entries())).toEqual(map);
      }
    }),
  );
});
