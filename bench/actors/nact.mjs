// The works on nact. A child is stopped from outside, because an actor has no way to end itself but to crash; there are no
// links and no supervisor that restarts after a kill.
import { dispatch, query, spawn as spawnActor, start, stop } from 'nact';
import { signal, verify } from './signal.mjs';
import { fanoutReceivers, fanSenders, ringSize } from './sizes.mjs';

const callTimeoutMs = 60_000;
const system = start();
let names = 0;

function actor(receive, initialState) {
  return spawnActor(system, receive, `a${names++}`, { initialState });
}

async function spawn(count) {
  const stay = (state) => state;
  for (let i = 0; i < count; i++) {
    stop(actor(stay, 0));
    // The end of each waits in an immediate; without a pause they would all wait until the last.
    if (i % 1_000 === 999) await new Promise(setImmediate);
  }
}

async function pingpong(count) {
  const { done, resolve } = signal();
  const pong = actor((state, _message, { self, sender }) => {
    dispatch(sender, 'ball', self);
    return state;
  }, 0);
  const ping = actor((left, _message, { self }) => {
    if (left === 0) resolve();
    else dispatch(pong, 'ball', self);
    return left - 1;
  }, count / 2);
  dispatch(ping, 'ball');
  await done;
  endAll([ping, pong]);
}

async function ring(count) {
  const { done, resolve } = signal();
  const next = [];
  const actors = Array.from({ length: ringSize }, (_, index) =>
    actor((state, hopsLeft) => {
      if (hopsLeft === 0) resolve();
      else dispatch(next[index], hopsLeft - 1);
      return state;
    }, 0),
  );
  next.push(...actors.slice(1), actors[0]);
  dispatch(actors[0], count);
  await done;
  endAll(actors);
}

async function call(count) {
  const server = actor((state, _message, { sender }) => {
    dispatch(sender, state);
    return state;
  }, 0);
  for (let i = 0; i < count; i++) verify('the answer', await query(server, 'get', callTimeoutMs), 0);
  stop(server);
}

async function asyncCall(count) {
  const server = actor(async (state, _message, { sender }) => {
    await null;
    dispatch(sender, state);
    return state;
  }, 0);
  for (let i = 0; i < count; i++) verify('the answer', await query(server, 'get', callTimeoutMs), 0);
  stop(server);
}

async function cast(count) {
  const server = actor((state, message, { sender }) => {
    if (message === 'increase') return state + 1;
    dispatch(sender, state);
    return state;
  }, 0);
  for (let i = 0; i < count; i++) dispatch(server, 'increase');
  verify('casts', await query(server, 'get', callTimeoutMs), count);
  stop(server);
}

async function fanin(count) {
  const { done, resolve } = signal();
  const receiver = actor((left) => {
    if (left === 1) resolve();
    return left - 1;
  }, count);
  const each = count / fanSenders;
  const senders = Array.from({ length: fanSenders }, () =>
    actor((state) => {
      for (let i = 0; i < each; i++) dispatch(receiver, 'message');
      return state;
    }, 0),
  );
  for (const sender of senders) dispatch(sender, 'start');
  await done;
  endAll([receiver, ...senders]);
}

async function fanout(count) {
  const { done, resolve } = signal();
  const each = count / fanoutReceivers;
  let receiversLeft = fanoutReceivers;
  const actors = Array.from({ length: fanoutReceivers }, () =>
    actor((left) => {
      if (left === 1 && --receiversLeft === 0) resolve();
      return left - 1;
    }, each),
  );
  for (let i = 0; i < each; i++) for (const receiver of actors) dispatch(receiver, 'message');
  await done;
  endAll(actors);
}

/** Its system keeps them alive. */
function processMemory(count) {
  const stay = (state) => state;
  for (let i = 0; i < count; i++) actor(stay, 0);
}

function endAll(actors) {
  for (const each of actors) stop(each);
}

export const works = {
  spawn,
  pingpong,
  ring,
  call,
  'async-call': asyncCall,
  cast,
  fanin,
  fanout,
  'process-memory': processMemory,
};
