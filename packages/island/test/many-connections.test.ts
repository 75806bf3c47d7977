import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Handler } from '../src/index.ts';
import { TestIsland } from './support/test-island.ts';

const WANTED = 10_000;
/** For jest, the listening socket, and what else a process has open. */
const SPARE_DESCRIPTORS = 500;

function affordable(): number {
  const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  const most = limit === 'unlimited' ? WANTED : Number(limit) - SPARE_DESCRIPTORS;
  if (most >= WANTED) return WANTED;
  process.stderr.write(
    `\n!!!! only ${most} of ${WANTED} idle connections: this machine allows ${limit} descriptors\n\n`,
  );
  return most;
}

async function answer<Answer>(child: ChildProcess): Promise<Answer> {
  const [message] = await once(child, 'message');
  return message as Answer;
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP')).length;
}

test('ten thousand idle connections are ended by a stop, in time, and nothing of them is left', async () => {
  const count = affordable();
  const before = openSockets();
  let told = 0;
  const handler: Handler = {
    handleShutdown() {
      told++;
    },
  };
  await using island = await TestIsland.start(handler);
  const { server, runtime } = island;
  const bare = runtime.processCount;
  const clients = fork(join(__dirname, 'support', 'idle-clients.mjs'), { execArgv: [] });
  const gone = once(clients, 'exit');
  clients.send({ port: server.port, count });
  expect(await answer(clients)).toEqual({ open: count });

  while ((await server.info()).activeConnections < count) await new Promise(setImmediate);
  expect(runtime.processCount).toBe(bare + count);
  expect(openSockets()).toBeGreaterThanOrEqual(before + count);

  // The clock stands still: whatever the stop waits for, it is not the end of its time.
  const ends = answer(clients);
  expect(await server.stop()).toEqual({ told: count, finished: count, forced: 0 });
  expect(told).toBe(count);
  expect(runtime.processCount).toBe(0);
  expect(runtime.kernel.timers.size).toBe(0);
  expect(await ends).toEqual({ ends: { end: count } });
  await gone;
  expect(openSockets()).toBe(before);
}, 30_000);
