/**
 * The least that processes can cost in JavaScript: a mailbox, a run queue with a budget, links that are made when asked for,
 * handlers that are called at once, a promise for a call alone. An estimate of the limit, not a design: no exact order
 * of signals, no fences, no reports, no containment, no inspection.
 */
const messagesPerTurn = 500;
const messagesPerDrain = 20_000;

let lastId = 0;
const table = new Map();

class MinimalProcess {
  constructor(handler, state) {
    this.id = ++lastId;
    this.handler = handler;
    this.state = state;
    this.firstMessage = undefined;
    this.ring = null;
    this.head = 0;
    this.length = 0;
    this.queued = false;
    this.alive = true;
    this.links = null;
    this.trapsExit = false;
  }
}

export class Exit {
  constructor(from, reason) {
    this.from = from;
    this.reason = reason;
  }
}

export class Call {
  constructor(request, resolve) {
    this.request = request;
    this.resolve = resolve;
  }
}

let runQueue = new Array(1024);
let runHead = 0;
let runLength = 0;
let scheduled = false;

function enqueue(process) {
  if (runLength === runQueue.length) {
    runQueue = doubled(runQueue, runHead, runLength);
    runHead = 0;
  }
  runQueue[(runHead + runLength++) & (runQueue.length - 1)] = process;
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(drain);
}

function doubled(ring, head, length) {
  const larger = new Array(ring.length * 2).fill(undefined);
  for (let i = 0; i < length; i++) larger[i] = ring[(head + i) & (ring.length - 1)];
  return larger;
}

function drain() {
  let left = messagesPerDrain;
  while (runLength > 0) {
    const process = runQueue[runHead];
    runQueue[runHead] = undefined;
    runHead = (runHead + 1) & (runQueue.length - 1);
    runLength--;
    if (!process.alive) continue;
    left -= runSome(process);
    if (process.alive && process.length > 0) enqueue(process);
    else process.queued = false;
    if (left <= 0 && runLength > 0) {
      setImmediate(drain);
      return;
    }
  }
  scheduled = false;
}

function runSome(process) {
  let left = messagesPerTurn;
  const { handler } = process;
  try {
    do {
      process.state = handler(process.state, takeMessage(process), process);
    } while (--left > 0 && process.alive && process.length > 0);
  } catch (error) {
    exit(process, error);
  }
  return messagesPerTurn - left;
}

function takeMessage(process) {
  process.length--;
  const { ring, head, firstMessage } = process;
  if (ring === null) {
    process.firstMessage = undefined;
    return firstMessage;
  }
  const message = ring[head];
  ring[head] = undefined;
  process.head = (head + 1) & (ring.length - 1);
  return message;
}

export function send(process, message) {
  if (!process.alive) return;
  // The ring is made when a second message waits: idle processes stay small.
  if (process.ring === null && process.length === 0) {
    process.firstMessage = message;
    process.length = 1;
  } else {
    putIntoRing(process, message);
  }
  if (process.queued) return;
  process.queued = true;
  enqueue(process);
}

function putIntoRing(process, message) {
  if (process.ring === null) {
    process.ring = new Array(8).fill(undefined);
    process.ring[0] = process.firstMessage;
    process.firstMessage = undefined;
    process.head = 0;
  } else if (process.length === process.ring.length) {
    process.ring = doubled(process.ring, process.head, process.length);
    process.head = 0;
  }
  process.ring[(process.head + process.length++) & (process.ring.length - 1)] = message;
}

export function spawn(handler, state) {
  const process = new MinimalProcess(handler, state);
  table.set(process.id, process);
  return process;
}

export function link(one, other) {
  one.links ??= [];
  one.links.push(other);
  other.links ??= [];
  other.links.push(one);
}

export function exit(process, reason) {
  if (!process.alive) return;
  process.alive = false;
  table.delete(process.id);
  process.ring = null;
  process.firstMessage = undefined;
  process.length = 0;
  const { links } = process;
  process.links = null;
  if (links !== null) for (const other of links) exitLinked(other, process, reason);
}

function exitLinked(other, process, reason) {
  if (!other.alive) return;
  const index = other.links.indexOf(process);
  if (index >= 0) {
    other.links[index] = other.links.at(-1);
    other.links.pop();
  }
  if (other.trapsExit) send(other, new Exit(process, reason));
  else if (reason !== 'normal') exit(other, reason);
}

export function call(process, request) {
  return new Promise((resolve, reject) => {
    if (process.alive) send(process, new Call(request, resolve));
    else reject(new Error('noproc'));
  });
}
