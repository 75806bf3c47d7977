// Processes and messages without sockets: each side in a process of its own, which measures itself (actors/run-side.mjs).
import { fileURLToPath } from 'node:url';
import { disturbance } from '../disturbance.mjs';
import { erlangCommand, missingErlang } from '../erlang/build.mjs';
import { missingPackages } from '../servers/index.mjs';

const runSide = fileURLToPath(new URL('../actors/run-side.mjs', import.meta.url));
const roundTimeoutMs = 120_000;
/** How long one measured run is. */
const runMs = { full: 300, quick: 40 };

const libraries = ['nact', 'xstate', 'effect'];
const everybody = ['erlang', 'minimal', ...libraries];

export const actorWorks = [
  rateWork('spawn', 'proc/s', everybody),
  rateWork('pingpong', 'msg/s', everybody),
  rateWork('ring', 'hops/s', ['erlang', 'minimal', 'nact', 'effect']),
  rateWork('call', 'calls/s', everybody),
  rateWork('async-call', 'calls/s', everybody),
  rateWork('cast', 'msg/s', everybody),
  rateWork('fanin', 'msg/s', everybody),
  rateWork('fanout', 'msg/s', everybody),
  rateWork('restart', 'proc/s', ['erlang', 'minimal']),
  actorWork({
    name: 'process-memory',
    unit: 'B/proc',
    better: 'lower',
    peers: everybody,
    // The libraries' figures are the same at half as many, and the wait for them is shorter.
    count: (side, quick) => (quick ? 20_000 : libraries.includes(side) ? 100_000 : 200_000),
  }),
  actorWork({
    name: 'supervisor-100k',
    unit: 'proc/s',
    better: 'higher',
    peers: ['erlang', 'minimal'],
    count: (_side, quick) => (quick ? 10_000 : 100_000),
  }),
];

/** A work of which as much is done as takes a certain time. */
function rateWork(name, unit, peers) {
  return actorWork({ name, unit, better: 'higher', peers, count: () => 0 });
}

function actorWork({ count, ...work }) {
  return {
    ...work,
    missing,
    async run(side, bench) {
      const args = [work.name, bench.quick ? runMs.quick : runMs.full, count(side, bench.quick)].map(String);
      const command =
        side === 'erlang'
          ? erlangCommand('erlang_actors', args)
          : [process.execPath, '--expose-gc', runSide, side, ...args];
      const child = bench.children.start(bench.pinning.server(command));
      try {
        const { value, waited } = await child.nextLine(roundTimeoutMs);
        return { figures: { [work.name]: value }, disturbed: disturbance(waited) };
      } finally {
        await child.end();
      }
    },
  };
}

function missing(side) {
  if (side === 'ours') return missingPackages();
  return side === 'erlang' ? missingErlang() : undefined;
}
