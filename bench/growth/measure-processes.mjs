// What a process costs when so many are alive: `measure-processes.mjs COUNT`. Prints the microseconds that a spawn takes
// and the bytes that a process holds.
import { Runtime } from '@thousand-island/runtime';
import { bytesInUse } from '../actors/bytes-in-use.mjs';
import { endWithStarter } from '../end-with-starter.mjs';

/** So many are spawned in all, in runtimes of their own: a thousand alone are too few to be weighed or timed. */
const spawnsAtLeast = 200_000;

endWithStarter(() => 1);
const count = Number(process.argv[2]);
const idle = { receive() {} };

function spawnInto(runtime, times) {
  for (let i = 0; i < times; i++) runtime.spawn(idle);
}

// Warms up the code that is measured.
spawnInto(new Runtime(), 20_000);

const runtimes = Array.from({ length: Math.ceil(spawnsAtLeast / count) }, () => new Runtime());
const before = await bytesInUse();
// Time of the processor, collection of garbage included: neighbours disturb it less than the clock's.
const from = process.cpuUsage();
for (const runtime of runtimes) spawnInto(runtime, count);
const { user, system } = process.cpuUsage(from);
const after = await bytesInUse();
const spawned = runtimes.reduce((sum, runtime) => sum + runtime.processCount, 0);
console.log(JSON.stringify({ microseconds: (user + system) / spawned, bytes: (after - before) / spawned }));
process.exit(0);
