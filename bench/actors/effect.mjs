// The works on Effect, whose processes are fibers and whose mailboxes are queues. A spawn is a fork that is waited for;
// a call carries a Deferred, which the server completes. Nothing restarts what was killed.
import { Deferred, Effect, Fiber, Queue } from 'effect';
import { verify } from './signal.mjs';
import { fanoutReceivers, fanSenders, ringSize } from './sizes.mjs';

/** Runs a work as one fiber, whose children end with it. */
const work = (program) => (count) => Effect.runPromise(program(count));

const repeat = (times, effect) =>
  Effect.gen(function* () {
    for (let i = 0; i < times; i++) yield* effect;
  });

const spawn = work((count) => repeat(count, Effect.flatMap(Effect.forkChild(Effect.void), Fiber.await)));

const pingpong = work((count) =>
  Effect.gen(function* () {
    const toPing = yield* Queue.unbounded();
    const toPong = yield* Queue.unbounded();
    const pong = Effect.flatMap(Queue.take(toPong), () => Queue.offer(toPing, 'ball'));
    yield* Effect.forkChild(Effect.forever(pong));
    const ping = Effect.flatMap(Queue.offer(toPong, 'ball'), () => Queue.take(toPing));
    yield* repeat(count / 2, ping);
  }),
);

const ring = work((count) =>
  Effect.gen(function* () {
    const end = yield* Deferred.make();
    const queues = [];
    for (let i = 0; i < ringSize; i++) queues.push(yield* Queue.unbounded());
    for (let i = 0; i < ringSize; i++) {
      const next = queues[(i + 1) % ringSize];
      const hop = Effect.flatMap(Queue.take(queues[i]), (hopsLeft) =>
        hopsLeft === 0 ? Deferred.succeed(end, undefined) : Queue.offer(next, hopsLeft - 1),
      );
      yield* Effect.forkChild(Effect.forever(hop));
    }
    yield* Queue.offer(queues[0], count);
    yield* Deferred.await(end);
  }),
);

const calls = (answer) =>
  work((count) =>
    Effect.gen(function* () {
      const queue = yield* Queue.unbounded();
      yield* Effect.forkChild(Effect.forever(Effect.flatMap(Queue.take(queue), answer)));
      for (let i = 0; i < count; i++) {
        const reply = yield* Deferred.make();
        yield* Queue.offer(queue, reply);
        verify('the answer', yield* Deferred.await(reply), 0);
      }
    }),
  );

const cast = work((count) =>
  Effect.gen(function* () {
    const queue = yield* Queue.unbounded();
    const server = yield* Effect.forkChild(counting(queue, count));
    yield* repeat(count, Queue.offer(queue, 'increase'));
    verify('casts', yield* Fiber.join(server), count);
  }),
);

const fanin = work((count) =>
  Effect.gen(function* () {
    const queue = yield* Queue.unbounded();
    const receiver = yield* Effect.forkChild(counting(queue, count));
    const sender = repeat(count / fanSenders, Queue.offer(queue, 'message'));
    for (let i = 0; i < fanSenders; i++) yield* Effect.forkChild(sender);
    verify('messages', yield* Fiber.join(receiver), count);
  }),
);

const fanout = work((count) =>
  Effect.gen(function* () {
    const each = count / fanoutReceivers;
    const queues = [];
    const receivers = [];
    for (let i = 0; i < fanoutReceivers; i++) {
      const queue = yield* Queue.unbounded();
      queues.push(queue);
      receivers.push(yield* Effect.forkChild(counting(queue, each)));
    }
    for (let i = 0; i < each; i++) for (const queue of queues) yield* Queue.offer(queue, 'message');
    for (const receiver of receivers) yield* Fiber.join(receiver);
  }),
);

/** Takes so many messages, and answers how many it has had. */
const counting = (queue, count) =>
  Effect.gen(function* () {
    let had = 0;
    for (; had < count; had++) yield* Queue.take(queue);
    return had;
  });

async function processMemory(count) {
  const kept = [];
  for (let i = 0; i < count; i++) {
    const queue = Effect.runSync(Queue.unbounded());
    kept.push(Effect.runFork(Effect.forever(Queue.take(queue))));
  }
  return kept;
}

export const works = {
  spawn,
  pingpong,
  ring,
  call: calls((reply) => Deferred.succeed(reply, 0)),
  'async-call': calls((reply) =>
    Effect.flatMap(
      Effect.promise(async () => 0),
      (value) => Deferred.succeed(reply, value),
    ),
  ),
  cast,
  fanin,
  fanout,
  'process-memory': processMemory,
};
