// The load client where there is no C compiler: same modes, flags and line of JSON as load-client.c.
// It costs as much as a server in JavaScript does, so what it measures is half itself.
import { setTimeout as wait } from 'node:timers/promises';
import { endWithStarter } from '../end-with-starter.mjs';
import { ranSeconds } from '../machine.mjs';
import { parseFlags } from './flags.mjs';
import { Traffic } from './traffic.mjs';

const setupMs = 30_000;
const drainMs = 5_000;
const idleAtATime = 200;
const pollMs = 10;

console.error('load-client: THIS IS THE JAVASCRIPT CLIENT: it measures itself too');

let flags;
try {
  flags = parseFlags(process.argv.slice(2));
} catch (error) {
  console.error(`load-client: ${error.message}`);
  process.exit(2);
}

let holding = false;
endWithStarter(() => (holding ? 0 : 1));

const traffic = new Traffic(flags);
await (flags.mode === 'idle' ? runIdle() : runLoad());
process.exit(0);

async function runLoad() {
  for (let i = 0; i < flags.connections; i++) traffic.dial();
  await wait(flags.warmUp * 1_000);
  const cpuFrom = process.cpuUsage();
  const serverFrom = ranSeconds(flags.server);
  const from = performance.now();
  traffic.stage = 'measuring';
  await wait(flags.seconds * 1_000);
  traffic.stage = 'draining';
  const seconds = (performance.now() - from) / 1_000;
  const { user, system } = process.cpuUsage(cpuFrom);
  const serverSeconds = ranSeconds(flags.server) - serverFrom;
  await until(() => traffic.settled, drainMs, 'some messages were never echoed');
  const rate = traffic.messages / seconds;
  print({
    seconds,
    messages: traffic.messages,
    rate,
    megabytesPerSecond: (rate * flags.size) / 1e6,
    p50us: traffic.latency.quantileUs(0.5),
    p99us: traffic.latency.quantileUs(0.99),
    p999us: traffic.latency.quantileUs(0.999),
    maxUs: traffic.latency.longestUs,
    clientCpu: (user + system) / 1e6 / seconds,
    serverSeconds,
  });
}

async function runIdle() {
  const from = performance.now();
  let answered = 0;
  const onAnswered = () => {
    answered++;
    if (traffic.dials < flags.connections) traffic.dial(onAnswered);
  };
  for (let i = 0; i < Math.min(flags.connections, idleAtATime); i++) traffic.dial(onAnswered);
  await until(() => answered >= flags.connections, setupMs, 'the connections could not be opened in time');
  print({ seconds: (performance.now() - from) / 1_000 });
  holding = true;
  const { failures } = traffic;
  await wait(flags.hold * 1_000);
  if (traffic.failures > failures) throw new Error('the server closed an idle connection');
}

async function until(condition, timeoutMs, complaint) {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(complaint);
    await wait(pollMs);
  }
}

function print(figures) {
  const { mode, tls, connections, size } = flags;
  const { failures } = traffic;
  console.log(JSON.stringify({ client: 'js', mode, tls, connections, size, failures, ...figures }));
}
