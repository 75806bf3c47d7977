import type { Process } from './process.ts';

/** How many messages a process may handle before the next one gets its turn. OTP has 4,000 reductions, of smaller things. */
const REDUCTIONS = 250;
/** How long processes may work before sockets and timers are looked after again, in ms. */
const TURN_MS = 8;
/** The wall clock is read once in so many messages (a power of two): reading it costs as much as handling one. */
const MESSAGES_PER_CLOCK_READ = 16;
const FIRST_CAPACITY = 64;
// A reaction to a settled promise is a microtask too, and half as dear as `queueMicrotask`.
const READY = Promise.resolve();

/**
 * Runs processes: first come, first served, each for a bounded number of messages, all together for a bounded time, after
 * which Node's event loop gets its turn.
 *
 * A message from code (`requestSoon`) is handled in a microtask, right after that code. A message from a socket
 * (`requestAfterIo`) waits until this turn's I/O has been read: reading everything first and then writing is faster than
 * going to and fro.
 */
export class Scheduler {
  #ring: (Process | undefined)[] = new Array(FIRST_CAPACITY);
  #head = 0;
  #length = 0;
  #draining = false;
  #soon = false;
  #afterIo = false;
  /** The turn is over: Node's loop comes first, whoever asks. */
  #yielding = false;
  #messages = 0;
  /**
   * Always wall time: how long Node is kept from its sockets has nothing to do with the runtime's clock. Only a test that
   * wants the same order of things each time puts something else here.
   */
  wallNow: () => number = () => performance.now();
  #turnEndsAt = 0;

  /** How many processes wait for their turn. */
  get length(): number {
    return this.#length;
  }

  /** How many messages have been handled so far: two looks at it tell whether anything has gone on in between. */
  get messages(): number {
    return this.#messages;
  }

  /** Queues the process and sees to it that it runs right after the present code. */
  requestSoon(process: Process): void {
    this.#push(process);
    if (this.#draining || this.#soon || this.#yielding) return;
    this.#soon = true;
    void READY.then(this.#drainSoon);
  }

  /** Queues the process and sees to it that it runs once this turn's I/O has been read. */
  requestAfterIo(process: Process): void {
    this.#push(process);
    if (this.#draining || this.#soon) return;
    this.#drainAfterIo();
  }

  /** Counts one handled message; answers whether the process has to make room for the event loop. */
  isTurnOver(): boolean {
    return (++this.#messages & (MESSAGES_PER_CLOCK_READ - 1)) === 0 && this.wallNow() > this.#turnEndsAt;
  }

  #push(process: Process): void {
    process.scheduled = true;
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#length++) & (this.#ring.length - 1)] = process;
  }

  #grow(): void {
    const old = this.#ring;
    const ring = new Array<Process | undefined>(old.length * 2);
    for (let index = 0; index < old.length; index++)
      ring[index] = old[(this.#head + index) & (old.length - 1)];
    this.#ring = ring;
    this.#head = 0;
  }

  readonly #drainSoon = (): void => {
    this.#soon = false;
    this.#drain();
  };

  #drainAfterIo(): void {
    if (this.#afterIo) return;
    this.#afterIo = true;
    setImmediate(this.#drainNow);
  }

  readonly #drainNow = (): void => {
    this.#afterIo = this.#yielding = false;
    this.#turnEndsAt = this.wallNow() + TURN_MS;
    this.#drain();
  };

  #drain(): void {
    // A drain never nests: what is asked for while draining is found by the loop.
    if (this.#draining) return;
    this.#draining = true;
    try {
      while (this.#length > 0) {
        const process = this.#shift();
        const turnIsOver = process.run(REDUCTIONS);
        if (process.isReady()) this.#push(process);
        // Also when the queue is empty: processes that wait for each other's promises refill it from microtasks for ever.
        if (turnIsOver) {
          this.#yielding = true;
          this.#drainAfterIo();
          break;
        }
      }
    } finally {
      this.#draining = false;
    }
  }

  #shift(): Process {
    const process = this.#ring[this.#head] as Process;
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#length--;
    process.scheduled = false;
    return process;
  }
}
