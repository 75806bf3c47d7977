// Imported, since the global is a getter that looks it up each time.
import { performance } from 'node:perf_hooks';
import { nextTurn } from '../next-turn.ts';
import type { Process } from './process.ts';
import { RunQueue } from './run-queue.ts';

/** How many messages a process may handle before the next one gets its turn. OTP has 4,000 reductions, of smaller things. */
const REDUCTIONS = 250;
/** How long processes may work before sockets and timers are looked after again, in ms. */
const TURN_MS = 8;
/** The wall clock is read once in so many messages: reading it costs as much as handling one. */
const MESSAGES_PER_CLOCK_READ = 16;
/** Once in so many, as long as those since it was last read took less than `QUICK_MS`. */
const QUICK_MESSAGES_PER_CLOCK_READ = 64;
const QUICK_MS = 0.25;
// A reaction to a settled promise is a microtask too, and half as dear as `queueMicrotask`.
const READY = Promise.resolve();
/** For each message from a socket, so many turns of processes come before those that wait for longer. */
const TURNS_PER_IO = 8;

/**
 * Runs processes: first come, first served, each for a bounded number of messages, all together for a bounded time, after
 * which Node's event loop gets its turn.
 *
 * A message from code (`requestSoon`) is handled in a microtask, right after that code. A message from a socket
 * (`requestAfterIo`) waits until this turn's I/O has been read: reading everything first and then writing is faster than
 * going to and fro. Then it comes before what processes have to say to each other, so that a socket waits for a turn of the
 * loop and not for all the processes that work; of these, one at least goes on in each turn. Whoever is sent something while it is
 * handled comes before them as well: a new connection is what four processes have to say to each other.
 */
export class Scheduler {
  readonly #ready = new RunQueue();
  readonly #afterIo = new RunQueue();
  #draining = false;
  /** What sockets have brought is being handled. */
  #inIo = false;
  #soon = false;
  #immediate = false;
  /** The turn is over: Node's loop comes first, whoever asks. */
  #yielding = false;
  /** Somebody has found that the turn is over: so it is for all, until there is another one. */
  #isOver = false;
  /** Who goes on in the next turn, and not from a queue. */
  #later: (() => void)[] = [];
  #messages = 0;
  /** How many messages there will have been when the clock is read next, and when that was last. */
  #nextLook = MESSAGES_PER_CLOCK_READ;
  #lookedAt = 0;
  /**
   * Always wall time: how long Node is kept from its sockets has nothing to do with the runtime's clock. Only a test that
   * wants the same order of things each time puts something else here.
   */
  wallNow: () => number = () => performance.now();
  #turnEndsAt = 0;

  /** How many processes wait for their turn. */
  get length(): number {
    return this.#ready.length + this.#afterIo.length;
  }

  /** How many messages have been handled so far: two looks at it tell whether anything has gone on in between. */
  get messages(): number {
    return this.#messages;
  }

  /** Queues the process and sees to it that it runs right after the present code. */
  requestSoon(process: Process): void {
    (this.#inIo ? this.#afterIo : this.#ready).push(process);
    if (this.#draining || this.#soon || this.#yielding) return;
    this.#soon = true;
    void READY.then(this.#drainSoon);
  }

  /** Queues the process and sees to it that it runs once this turn's I/O has been read. */
  requestAfterIo(process: Process): void {
    this.#afterIo.push(process);
    this.#askForTurn();
  }

  /** Calls it when Node's loop has had its turn: for those who have found that a turn is over outside of `Process.run`. */
  inNextTurn(goOn: () => void): void {
    this.#later.push(goOn);
    this.#yielding = true;
    this.#askForTurn();
  }

  /**
   * Counts one handled message; answers whether the process has to make room for the event loop. That is so for everybody until
   * the loop has had its turn.
   */
  isTurnOver(): boolean {
    return ++this.#messages >= this.#nextLook && this.#look();
  }

  #look(): boolean {
    if (this.#isOver) return true;
    const now = this.wallNow();
    const isQuick = now - this.#lookedAt < QUICK_MS;
    this.#lookedAt = now;
    this.#isOver = now > this.#turnEndsAt;
    if (this.#isOver) this.#nextLook = 0;
    else
      this.#nextLook = this.#messages + (isQuick ? QUICK_MESSAGES_PER_CLOCK_READ : MESSAGES_PER_CLOCK_READ);
    return this.#isOver;
  }

  #askForTurn(): void {
    if (this.#immediate) return;
    this.#immediate = true;
    nextTurn.ask(this.#takeTurn);
  }

  readonly #drainSoon = (): void => {
    this.#soon = false;
    this.#drain(false);
  };

  readonly #takeTurn = (): void => {
    this.#immediate = this.#yielding = false;
    this.#turnEndsAt = this.wallNow() + TURN_MS;
    if (this.#isOver) this.#nextLook = this.#messages + MESSAGES_PER_CLOCK_READ;
    this.#isOver = false;
    this.#goOnLater();
    this.#drain(true);
  };

  #goOnLater(): void {
    if (this.#later.length === 0) return;
    const later = this.#later;
    this.#later = [];
    for (const goOn of later) goOn();
  }

  #drain(afterIo: boolean): void {
    // A drain never nests: what is asked for while draining is found by the loop.
    if (this.#draining) return;
    this.#draining = true;
    try {
      let isOver = afterIo && this.#drainIo();
      let isLast = isOver;
      while (this.#ready.length > 0) {
        // Also when the queue is empty: processes that wait for each other's promises refill it from microtasks for ever.
        if (this.#run(this.#ready)) isOver = isLast = true;
        if (isLast) break;
      }
      if (!isOver) return;
      this.#yielding = true;
      this.#askForTurn();
    } finally {
      this.#draining = this.#inIo = false;
    }
  }

  /** Answers whether the turn is over. Bounded: what goes on without end goes on behind the others. */
  #drainIo(): boolean {
    let isOver = false;
    this.#inIo = true;
    let left = this.#afterIo.length * TURNS_PER_IO;
    while (this.#afterIo.length > 0 && left-- > 0 && !isOver) isOver = this.#run(this.#afterIo);
    this.#inIo = false;
    if (this.#afterIo.length > 0) this.#askForTurn();
    return isOver;
  }

  #run(queue: RunQueue): boolean {
    const process = queue.shift();
    const turnIsOver = process.run(REDUCTIONS);
    // It may stand in a queue already: what its callback answered has settled at once, say.
    if (!process.scheduled && process.isReady()) this.#ready.push(process);
    return turnIsOver;
  }
}
