// What a message costs when so many wait before it in one mailbox: `measure-mailbox.mjs COUNT`. Prints the nanoseconds
// from its sending to its being handled, divided among all of them.
import { Runtime } from '@thousand-island/runtime';
import { signal } from '../actors/signal.mjs';
import { endWithStarter } from '../end-with-starter.mjs';

/** So many are sent in all, in as many goes as it takes. */
const messagesAtLeast = 1_000_000;

endWithStarter(() => 1);
const count = Number(process.argv[2]);
const runtime = new Runtime();

/** Lets `count` messages wait in a mailbox, and then be handled, `times` times over. Answers microseconds. */
async function fillAndEmpty(times) {
  const { done, resolve } = signal();
  let goes = times;
  const receiver = runtime.spawn({
    receive(left, self) {
      if (left === 1) self.send(sender, 'more');
    },
  });
  const sender = runtime.spawn({
    receive(_more, self) {
      if (goes-- === 0) resolve();
      else for (let left = count; left > 0; left--) self.send(receiver, left);
    },
  });
  // Time of the processor, collection of garbage included: neighbours disturb it less than the clock's.
  const from = process.cpuUsage();
  runtime.send(sender, 'more');
  await done;
  const { user, system } = process.cpuUsage(from);
  for (const pid of [receiver, sender]) runtime.sendExit(pid, 'kill');
  return user + system;
}

const times = Math.ceil(messagesAtLeast / count);
await fillAndEmpty(Math.ceil(times / 4));
globalThis.gc();
const spent = await fillAndEmpty(times);
console.log(JSON.stringify({ nanoseconds: (spent / (times * count)) * 1_000 }));
process.exit(0);
