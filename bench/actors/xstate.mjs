// The works on XState's actors, in the lightest of their kinds that can do each: callback and transition logic, no machines.
// They deliver a message at once, as a function call on the sender's stack, unless the receiver is at work; so a ring of 1,000
// overflows that stack, and is left out. There are no links and no supervisors, and no calls: here one is a promise that the
// caller makes and the actor resolves.
import { createActor, fromCallback, fromTransition } from 'xstate';
import { signal, verify } from './signal.mjs';
import { fanoutReceivers, fanSenders } from './sizes.mjs';

function callbackActor(receiveEvent) {
  return createActor(fromCallback(({ receive }) => receive(receiveEvent))).start();
}

function spawn(count) {
  const logic = fromCallback(() => {});
  for (let i = 0; i < count; i++) createActor(logic).start().stop();
}

async function pingpong(count) {
  const { done, resolve } = signal();
  let left = count / 2;
  const pong = callbackActor(({ from }) => from.send({ type: 'ball' }));
  const ping = callbackActor(() => {
    if (left-- === 0) resolve();
    else pong.send({ type: 'ball', from: ping });
  });
  ping.send({ type: 'ball' });
  await done;
  endAll([ping, pong]);
}

async function calls(count, answer) {
  const server = callbackActor(answer);
  for (let i = 0; i < count; i++) {
    const reply = await new Promise((resolve) => server.send({ type: 'get', resolve }));
    verify('the answer', reply, 0);
  }
  server.stop();
}

function cast(count) {
  const server = createActor(fromTransition((state) => state + 1, 0)).start();
  for (let i = 0; i < count; i++) server.send({ type: 'increase' });
  verify('casts', server.getSnapshot().context, count);
  server.stop();
}

async function fanin(count) {
  const { done, resolve } = signal();
  let left = count;
  const receiver = callbackActor(() => {
    if (--left === 0) resolve();
  });
  const each = count / fanSenders;
  const senders = Array.from({ length: fanSenders }, () =>
    callbackActor(() => {
      for (let i = 0; i < each; i++) receiver.send({ type: 'message' });
    }),
  );
  for (const sender of senders) sender.send({ type: 'start' });
  await done;
  endAll([receiver, ...senders]);
}

async function fanout(count) {
  const { done, resolve } = signal();
  const each = count / fanoutReceivers;
  let receiversLeft = fanoutReceivers;
  const actors = Array.from({ length: fanoutReceivers }, () => {
    let left = each;
    return callbackActor(() => {
      if (--left === 0 && --receiversLeft === 0) resolve();
    });
  });
  for (let i = 0; i < each; i++) for (const actor of actors) actor.send({ type: 'message' });
  await done;
  endAll(actors);
}

function processMemory(count) {
  const logic = fromTransition((state) => state, 0);
  return Array.from({ length: count }, () => createActor(logic).start());
}

function endAll(actors) {
  for (const actor of actors) actor.stop();
}

export const works = {
  spawn,
  pingpong,
  call: (count) => calls(count, ({ resolve }) => resolve(0)),
  'async-call': (count) =>
    calls(count, async ({ resolve }) => {
      await null;
      resolve(0);
    }),
  cast,
  fanin,
  fanout,
  'process-memory': processMemory,
};
