import { DynamicSupervisor, type Pid, type Self } from '@thousand-island/runtime';
import type { AlarmConfig } from './alarm-options.ts';
import type { Gate } from './gate.ts';
import type { LiveConfig } from './live-config.ts';

/** Who runs an acceptor at the moment, and so its alarms. */
interface Post {
  readonly self: Self;
  readonly connectionSupervisor: Pid;
}

/**
 * The alarms of one acceptor. Those that are quiet stay so when the options are replaced or the AcceptorWorker is restarted:
 * it is the acceptor that has had its alarm.
 */
export class AcceptorAlarms {
  readonly #config: LiveConfig;
  readonly #gate: Gate;
  /** Until when an alarm is quiet, by its name. */
  readonly #quiet = new Map<string, number>();
  #post: Post | undefined = undefined;

  constructor(config: LiveConfig, gate: Gate) {
    this.#config = config;
    this.#gate = gate;
  }

  /** From now on the alarms go off in the name of this process, as long as it lives. */
  start(self: Self, connectionSupervisor: Pid): void {
    this.#post = { self, connectionSupervisor };
    self.own({ close: this.#config.onChange(() => this.check()) });
    for (const until of this.#quiet.values()) this.#lookIn(self, until - self.now);
    this.check();
  }

  /** Lets those go off that are due. */
  check(): void {
    const { alarms } = this.#config.current;
    if (alarms.length === 0 || this.#post?.self.alive !== true) return;
    const { self } = this.#post;
    for (const alarm of alarms) {
      if (this.#gate.active < alarm.threshold) continue;
      const until = this.#quiet.get(alarm.name);
      if (until !== undefined && until > self.now) continue;
      this.#goOff(alarm, this.#post);
    }
  }

  #goOff({ name, threshold, callback, cooldown }: AlarmConfig, { self, connectionSupervisor }: Post): void {
    const { id: acceptor, active: connections } = this.#gate;
    this.#quiet.set(name, self.now + cooldown);
    this.#lookIn(self, cooldown);
    self.spawn(async (own) => {
      own.setLabel(`alarm ${name}`);
      // So that it ends with the acceptor; a supervisor passes over how one that is not its child has ended.
      own.link(connectionSupervisor);
      const children = await DynamicSupervisor.whichChildren(own, connectionSupervisor);
      const pids = children.flatMap((child) => child.pid ?? []);
      await callback({ name, acceptor, threshold, connections, pids }, own);
    });
  }

  #lookIn(self: Self, delayMs: number): void {
    // At least 1 ms: with no cooldown at all an alarm would go off for ever in one turn.
    self.callAfter(Math.max(1, Math.ceil(delayMs)), () => this.check());
  }
}
