// An echo and timers of the same runtime in which processes do all they can: `flood`, where one sends to another without
// end, or `crowd`, where 10,000 send to themselves.
import { ThousandIsland } from '@thousand-island/island';
import { Runtime } from '@thousand-island/runtime';
import { announce } from './announce.mjs';
import { Lateness } from './lateness.mjs';

/** So many wait in the flooded mailbox at a time: without a bound memory would end the storm. */
const burst = 10_000;
const crowdSize = 10_000;

const runtime = Runtime.default;
const lateness = new Lateness();

function flood() {
  const flooded = runtime.spawn({
    receive({ from, left }, self) {
      if (left === 1) self.send(from, 'more');
    },
  });
  const flooder = runtime.spawn({
    receive(_more, self) {
      for (let left = burst; left > 0; left--) self.send(flooded, { from: self.pid, left });
    },
  });
  runtime.send(flooder, 'more');
  return () => ({});
}

/** Tells the share that the least of them had of what one has on average: 0 if anybody starves. */
function crowd() {
  const turns = new Float64Array(crowdSize);
  for (let index = 0; index < crowdSize; index++) {
    const pid = runtime.spawn({
      receive(message, self) {
        turns[index]++;
        self.send(self.pid, message);
      },
    });
    runtime.send(pid, 'work');
  }
  return () => {
    const mean = turns.reduce((sum, each) => sum + each) / crowdSize;
    const leastShare = Math.min(...turns) / mean;
    turns.fill(0);
    return { leastShare };
  };
}

const timers = runtime.spawn({
  receive(dueMs, self) {
    if (dueMs > 0) lateness.record(dueMs, self.now);
    self.sendAfter(Lateness.everyMs, self.pid, self.now + Lateness.everyMs);
  },
});
runtime.send(timers, 0);

const server = await ThousandIsland.start({
  port: 0,
  host: '127.0.0.1',
  handler: { handleData: (data, socket) => socket.send(data) },
});

const report = process.argv[2] === 'crowd' ? crowd() : flood();
announce(server.port, () => ({ lateMs: lateness.take(), ...report() }));
