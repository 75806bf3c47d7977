import {
  BadArgumentError,
  DeadProcessError,
  DownMessage,
  ExitMessage,
  NameTakenError,
  NoProcessError,
  type Pid,
  type Self,
} from '@thousand-island/runtime';
import { Raised } from '../term.ts';
import { Mail, Turn } from './mail.ts';
import type { Op, Pattern, Target } from './program.ts';
import type { Stage } from './stage.ts';

/** The life of a process: first its body, then turn by turn what it is told. */
export function life(stage: Stage, number: number, body: readonly Op[]): (self: Self) => Promise<never> {
  return async (self) => {
    const actor = new Actor(stage, self, number);
    await actor.act(body);
    for (;;) {
      const turn = await self.receive<Turn>({ match: (message) => message instanceof Turn });
      await actor.act((turn as Turn).ops);
    }
  };
}

/** One process of a program, as it does what it is told. The answers are OTP's words. */
class Actor {
  readonly #stage: Stage;
  readonly #self: Self;
  readonly #number: number;

  constructor(stage: Stage, self: Self, number: number) {
    this.#stage = stage;
    this.#self = self;
    this.#number = number;
  }

  /** Does the ops one after another, and notes what comes of each. */
  async act(ops: readonly Op[]): Promise<void> {
    for (const op of ops) {
      const result = this.#attempt(op);
      const text = typeof result === 'string' ? result : await result;
      // The code of a process that has ended goes on here, where OTP's stops. Nothing may come of it.
      // And a signal has no answer: its sender may have died of it, over a link, where in OTP it is only about to.
      if (this.#self.alive && op[0] !== 'signal')
        this.#stage.lines.push(`p${this.#number} ${op[0]} = ${text}`);
      if (this.#stage.pace === 'async') await undefined;
    }
  }

  /** Does one op. What OTP refuses with an error is an answer; the ends of the process are thrown. */
  #attempt(op: Op): string | Promise<string> {
    try {
      return this.#perform(op);
    } catch (error) {
      if (error instanceof NoProcessError) return op[0] === 'link' ? 'noproc' : 'badarg';
      if (error instanceof BadArgumentError || error instanceof NameTakenError) return 'badarg';
      if (error instanceof DeadProcessError) return 'dead';
      throw error;
    }
  }

  #perform(op: Op): string | Promise<string> {
    const { runtime } = this.#stage;
    switch (op[0]) {
      case 'spawn':
        return this.#stage.arrive(op[1], this.#self.spawn(life(this.#stage, op[1], op[2])));
      case 'spawn_link':
        return this.#stage.arrive(op[1], this.#self.spawnLink(life(this.#stage, op[1], op[2])));
      case 'spawn_monitor': {
        const { pid, ref } = this.#self.spawnMonitor(life(this.#stage, op[1], op[3]));
        this.#stage.setMonitor({ number: op[2], ref, target: pid });
        return this.#stage.arrive(op[1], pid);
      }
      case 'link':
        return this.#with(op[1], (pid) => done(this.#self.link(pid)));
      case 'unlink':
        return this.#with(op[1], (pid) => done(this.#self.unlink(pid)));
      case 'monitor':
        return this.#monitor(op[1], op[2]);
      case 'demonitor':
        return this.#demonitor(op[1], op[2]);
      case 'trap_exit':
        return String(this.#self.trapExit(op[1]));
      case 'exit':
        return this.#self.exit(op[1]);
      case 'raise':
        throw new Raised(op[1]);
      case 'throw':
        throw op[1];
      case 'signal':
        return this.#with(op[1], (pid) => done(this.#self.sendExit(pid, op[2])));
      case 'send':
        return this.#send(op[1], new Mail(this.#number, op[2], op[3]));
      case 'register':
        return this.#with(op[2], (pid) => {
          if (pid === this.#self.pid) return done(this.#self.register(op[1]));
          return this.#self.alive ? done(runtime.register(op[1], pid)) : 'dead';
        });
      case 'unregister':
        return this.#self.alive ? done(runtime.unregister(op[1])) : 'dead';
      case 'whereis': {
        const pid = runtime.whereis(op[1]);
        return pid === undefined ? 'undefined' : this.#stage.show(pid);
      }
      case 'is_alive':
        return this.#with(op[1], (pid) => String(this.#self.isAlive(pid)));
      case 'info':
        return this.#with(op[1], (pid) => this.#stage.info(pid));
      case 'receive':
        return this.#receive(this.#matching(op));
      case 'await':
        return this.#await(this.#matching(op));
      case 'flush':
        return this.#flush();
      default:
        return op satisfies never;
    }
  }

  #with(number: number, act: (pid: Pid) => string): string {
    const pid = this.#stage.pidOf(number);
    return pid === undefined ? 'nobody' : act(pid);
  }

  #monitor(number: number, target: Target): string {
    const pid = typeof target === 'number' ? this.#stage.pidOf(target) : this.#stage.runtime.whereis(target);
    const address = typeof target === 'number' ? pid : target;
    if (address === undefined) return 'nobody';
    this.#stage.setMonitor({ number, ref: this.#self.monitor(address), target: pid });
    return 'ref';
  }

  #demonitor(number: number, options: readonly string[]): string {
    const known = this.#stage.monitorOf(number);
    if (known === undefined) return 'unknown';
    const wasActive = this.#self.demonitor(known.ref, { flush: options.includes('flush') });
    // OTP: without `info` the answer is always true.
    return String(wasActive || !options.includes('info'));
  }

  #send(to: Target, mail: Mail): string {
    if (typeof to === 'number') {
      return this.#with(to, (pid) => {
        this.#self.send(pid, mail);
        return 'ok';
      });
    }
    this.#self.send(to, mail);
    return 'ok';
  }

  /** As `receive … after 0`: with what is there now. */
  #receive(match: (message: unknown) => boolean): string | Promise<string> {
    if (this.#stage.pace === 'async') {
      return this.#self.receive({ match, timeout: 0 }).then((message) => this.#showReceived(message));
    }
    return this.#showReceived(this.#self.take(match)?.[0]);
  }

  async #await(match: (message: unknown) => boolean): Promise<string> {
    this.#stage.waiting.add(this.#number);
    const message = await this.#self.receive({ match });
    this.#stage.waiting.delete(this.#number);
    return this.#stage.showMessage(message);
  }

  #flush(): string {
    const texts: string[] = [];
    for (let taken = this.#self.take(any); taken !== undefined; taken = this.#self.take(any)) {
      texts.push(this.#stage.showMessage(taken[0]));
    }
    return `[${texts.join(', ')}]`;
  }

  #showReceived(message: unknown): string {
    return message === undefined ? 'timeout' : this.#stage.showMessage(message);
  }

  #matching([, kind, subject, tag]: readonly ['receive' | 'await', ...Pattern]): (
    message: unknown,
  ) => boolean {
    switch (kind) {
      case 'msg':
        return (message) =>
          message instanceof Mail && message.from === subject && (tag === undefined || message.tag === tag);
      case 'exit': {
        const from = this.#stage.pidOf(subject);
        return (message) => message instanceof ExitMessage && message.from === from;
      }
      case 'down': {
        const ref = this.#stage.monitorOf(subject)?.ref;
        return (message) => message instanceof DownMessage && message.ref === ref;
      }
      default:
        return kind satisfies never;
    }
  }
}

const any = (): boolean => true;

function done(_nothing: void): string {
  return 'true';
}
