import {
  type Address,
  GenServer,
  type Pid,
  type Ref,
  Registry,
  type RequestIdCollection,
  type Self,
  Task,
  TaskSupervisor,
} from '../../src/index.ts';
import { SERVICES } from './services.ts';
import type { World } from './world.ts';

/** What a peer has to keep for its errands. */
export interface Errands {
  /** Aliases of its own that still hold. */
  readonly aliases: Set<Ref>;
  readonly requests: RequestIdCollection<unknown, string>;
}

interface Runner {
  readonly world: World;
  readonly errands: Errands;
}

/** Asks the one who gets it to answer by an alias, in so many ms. */
class AliasQuestion {
  readonly alias: Ref;
  readonly takesMs: number;
  constructor(alias: Ref, takesMs: number) {
    this.alias = alias;
    this.takesMs = takesMs;
  }
}

/** The time to answer has come. */
class AliasDue {
  readonly alias: Ref;
  constructor(alias: Ref) {
    this.alias = alias;
  }
}

/** The answer to it. Once its alias was taken back, none may arrive. */
class AliasAnswer {
  readonly alias: Ref;
  constructor(alias: Ref) {
    this.alias = alias;
  }
}

/** The time for it is up. */
class GiveUp {
  readonly alias: Ref;
  constructor(alias: Ref) {
    this.alias = alias;
  }
}

/** A task that a peer starts, and how it treats it. */
export interface TaskErrand {
  readonly how: 'await' | 'yield' | 'shutdown' | 'ignore' | 'deliver';
  readonly where: 'own' | 'supervised' | 'noLink';
  readonly takesMs: number;
  readonly timeout: number;
  readonly fails: boolean;
}

/** What a peer does, when it is told to, with registries, tasks, aliases and requests. */
export const errands = {
  enroll({ registry, key }: { registry: string; key: string }, { world }: Runner, self: Self): void {
    if (world.runtime.whereis(registry) === undefined) return;
    const { kind } = Registry.register(self, registry, key, self.pid.id);
    world.trace.add('enroll', `${self.pid} ${key} ${kind}`);
    if (kind === 'ok') world.enroll(registry, self.pid, key);
  },

  resign({ registry, key }: { registry: string; key: string }, { world }: Runner, self: Self): void {
    if (world.runtime.whereis(registry) === undefined) return;
    Registry.unregister(self, registry, key);
    world.resign(registry, self.pid, key);
  },

  askByAlias(
    { to, takesMs, givesUpMs }: { to: Pid; takesMs: number; givesUpMs: number },
    { world, errands: { aliases } }: Runner,
    self: Self,
  ): void {
    const alias = self.alias({ reply: true });
    aliases.add(alias);
    self.send(to, new AliasQuestion(alias, takesMs));
    world.setTimer(self, givesUpMs, self.pid, new GiveUp(alias));
  },

  request(
    { to, request, takesMs }: { to: Address; request: string; takesMs: number },
    { world, errands: { requests } }: Runner,
    self: Self,
  ): void {
    const label = `${request} of ${String(to)}`;
    GenServer.reqidsAdd(GenServer.sendRequest(self, to, request, takesMs), label, requests);
    world.trace.add('requested', `${self.pid} ${label}`);
  },

  async task(
    { how, where, takesMs, timeout, fails }: TaskErrand,
    { world }: Runner,
    self: Self,
  ): Promise<void> {
    const code = async (own: Self): Promise<number> => {
      await own.sleep(takesMs);
      if (fails) throw new Error('the task failed');
      return takesMs;
    };
    const started =
      where === 'own'
        ? Task.async(self, code)
        : where === 'supervised'
          ? TaskSupervisor.async(self, SERVICES.tasks, code)
          : TaskSupervisor.asyncNoLink(self, SERVICES.tasks, code);
    const task = await started;
    if (where === 'own') world.helpers.set(task.pid, world.now + takesMs);
    if (where !== 'noLink' && self.isAlive(task.pid)) world.links.push([self.pid, task.pid]);
    if (how === 'await') {
      const came = await task.await(self, { timeout }).then(
        () => 'value',
        (error) => String(error.code),
      );
      world.trace.add('task', `${task.pid} ${came}`);
    } else if (how === 'yield') {
      const result = await task.yield(self, { timeout });
      world.trace.add('task', `${task.pid} ${result?.kind}`);
      if (result === undefined) await task.shutdown(self, 1_000);
    } else if (how === 'shutdown') {
      const result = await task.shutdown(self, timeout % 2 === 0 ? 'brutalKill' : 1_000);
      world.trace.add('task', `${task.pid} ${result?.kind}`);
    } else if (how === 'ignore') {
      task.ignore(self);
      world.unlink(self.pid, task.pid);
    } else task.deliver(self);
  },
};

/** One of them, with what belongs to it. */
export interface Errand {
  readonly kind: keyof typeof errands;
  readonly payload: unknown;
}

/** A place for what errands leave behind. */
export function noErrands(): Errands {
  return { aliases: new Set(), requests: GenServer.reqidsNew<unknown, string>() };
}

/** What a peer does with a message that an errand has brought. */
export function handleErrand(
  message: unknown,
  { world, errands: { aliases, requests } }: Runner,
  self: Self,
): void {
  if (message instanceof AliasQuestion) {
    world.setTimer(self, message.takesMs, self.pid, new AliasDue(message.alias));
  } else if (message instanceof AliasDue) self.send(message.alias, new AliasAnswer(message.alias));
  else if (message instanceof AliasAnswer) {
    if (aliases.delete(message.alias)) world.trace.add('byAlias', `${self.pid}`);
    else world.complain(`${self.pid} was sent something by an alias that it has taken back`);
  } else if (message instanceof GiveUp) {
    // If it is no alias any more the answer waits in the mailbox, behind this.
    if (!self.unalias(message.alias)) return;
    aliases.delete(message.alias);
    world.trace.add('gaveUp', `${self.pid}`);
  } else {
    const outcome = GenServer.checkResponse(message, requests);
    if (outcome.kind === 'reply' || outcome.kind === 'error')
      world.trace.add('response', `${self.pid} ${outcome.label} ${outcome.kind}`);
  }
}
