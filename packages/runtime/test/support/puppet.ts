import type { Pid, Runtime, Self } from '../../src/index.ts';

/** What a puppet is told to do, as a message like any other. */
class Order {
  readonly carryOut: (self: Self) => void;
  constructor(carryOut: (self: Self) => void) {
    this.carryOut = carryOut;
  }
}

/** A process in the test's hand: it keeps what it receives in `seen`, and does in its own name what it is told. */
export class Puppet {
  readonly pid: Pid;
  readonly seen: unknown[] = [];
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.pid = runtime.spawn({
      receive: (message, self) => {
        if (message instanceof Order) message.carryOut(self);
        else this.seen.push(message);
      },
    });
  }

  /** A puppet that turns exit signals into messages. */
  static async trapping(runtime: Runtime): Promise<Puppet> {
    const puppet = new Puppet(runtime);
    await puppet.do((self) => self.trapExit(true));
    return puppet;
  }

  /** Runs the code in the puppet. What it throws is the test's to see, and does the puppet no harm. */
  do<Result>(code: (self: Self) => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.tell((self) => {
        try {
          resolve(code(self));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** Runs the code in the puppet, which what it throws ends. */
  tell(code: (self: Self) => void): void {
    this.#runtime.send(this.pid, new Order(code));
  }
}
