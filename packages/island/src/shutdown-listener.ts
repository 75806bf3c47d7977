import {
  BadArgumentError,
  type ChildSpec,
  defineServer,
  ExitMessage,
  type From,
  GenServer,
  type Pid,
  reply,
  type Self,
  serverSpec,
} from '@thousand-island/runtime';
import { fitAcceptors, removeRetired } from './acceptor-supervisor.ts';
import { type DrainProgress, drain } from './drain.ts';
import type { DrainRequest } from './drain-options.ts';
import { Drains, drainPlan, settleDrained } from './drains.ts';
import type { DrainReport } from './events.ts';
import type { Gate } from './gate.ts';
import { GIVE_UP, Hurry } from './listen-hook.ts';
import { listener } from './listener.ts';
import { changedConfig, type LiveOptions } from './live-options.ts';
import type { ServerMemory } from './server-memory.ts';
import { connectionSupervisors, ID } from './tree.ts';

interface ShutdownState {
  readonly memory: ServerMemory;
  readonly drains: Drains;
}

/** Sent by the ShutdownListener to itself: an acceptor that is too many may have no connection any more. */
const RETIRED = Symbol('retired');

/** The end of a server: first no new connections, then the end of those that are there. */
async function shutDown({ memory, drains }: ShutdownState, self: Self): Promise<void> {
  const { listener: listenerPid, acceptorSupervisor, lifecycle, gates } = memory;
  drains.breakOffAll();
  // It has crashed and takes us along: the server starts it anew and goes on, so the listener must too.
  if (acceptorSupervisor === undefined || !self.isAlive(acceptorSupervisor)) {
    if (lifecycle.status === 'draining') await settleDrained(self, memory);
    return;
  }
  const { shutdownTimeout, drainDelay, drainWindow, events } = memory.config.current;
  if (listenerPid !== undefined && self.isAlive(listenerPid)) {
    // One that accepts nobody any more has been left alone already.
    const { listens } = memory;
    lifecycle.tell('stop');
    if (listens && drainDelay > 0 && shutdownTimeout > 0) await self.sleep(drainDelay);
    gates.setClosed(true);
    await GenServer.ref(self, listener, listenerPid).call('close');
  } else lifecycle.tell('lost');
  const supervisors = await connectionSupervisors(self, acceptorSupervisor);
  const report: DrainProgress = { told: 0, finished: 0, forced: 0 };
  await drain(self, supervisors, drainPlan(memory, shutdownTimeout, drainWindow), report);
  events.publish('server:drained', { server: self.parent as Pid, report });
}

function gateOf(memory: ServerMemory, acceptor: string): Gate | BadArgumentError {
  const ids = memory.gates.list().map(({ id }) => id);
  return memory.gates.find(acceptor) ?? BadArgumentError.of('acceptor', `one of ${ids.join(', ')}`, acceptor);
}

/** What the Listener has answered. */
class Answer {
  readonly failure: Error | undefined;
  constructor(failure: Error | undefined) {
    this.failure = failure;
  }
}

/**
 * Has the Listener listen again, which may take any time, unless the server is told to end meanwhile, or to listen no more. Answers
 * why it cannot.
 */
async function listenAgain(self: Self, pid: Pid): Promise<Error | undefined> {
  const answers = (failure: Error | undefined): void => self.send(self.pid, new Answer(failure));
  const resumed = GenServer.ref(self, listener, pid).call('resume', undefined, { timeout: 'infinity' });
  resumed.then(answers, answers);
  const message = await answerOrHaste(self);
  if (message instanceof Answer) return message.failure;
  self.send(pid, GIVE_UP);
  const answer = await self.receive<Answer>({ match: isAnswer });
  // Obeyed as soon as that is over.
  if (message !== undefined) self.send(self.pid, message);
  return answer?.failure;
}

function isAnswer(message: unknown): boolean {
  return message instanceof Answer;
}

/** What the Listener has answered, or that the server is to end; undefined if that took longer than who hurries would wait. */
async function answerOrHaste(self: Self): Promise<unknown> {
  const isAbout = (message: unknown): boolean =>
    isAnswer(message) ||
    message instanceof Hurry ||
    (message instanceof ExitMessage && message.from !== undefined && message.from === self.parent);
  let until = Number.POSITIVE_INFINITY;
  for (;;) {
    const timeout =
      until === Number.POSITIVE_INFINITY ? 'infinity' : Math.max(0, Math.ceil(until - self.now));
    const message = await self.receive({ match: isAbout, timeout });
    if (!(message instanceof Hurry)) return message;
    until = Math.min(until, self.now + message.ms);
  }
}

/** Lets the whole server accept again. Answers why it cannot. */
async function resume({ memory, drains }: ShutdownState, self: Self): Promise<Error | undefined> {
  const { gates, lifecycle } = memory;
  drains.breakOff(undefined);
  if (memory.listener === undefined) return undefined;
  const failure = await listenAgain(self, memory.listener);
  if (failure !== undefined) {
    lifecycle.tell('drained');
    return failure;
  }
  await fitAcceptors(self, memory);
  gates.setClosed(false);
  lifecycle.tell('resume');
  return undefined;
}

/**
 * The last child of a Server, and so the first to be stopped: it closes the listener and drains the connections, while all
 * the processes that they need are still there. Elixir: `ThousandIsland.ShutdownListener`.
 *
 * While the server lives it does what its operator asks for, one thing after the other: suspend, resume, drain, change.
 */
export const shutdownListener = defineServer({
  name: 'ShutdownListener',
  async init(memory: ServerMemory, self): Promise<ShutdownState> {
    self.trapExit(true);
    memory.server = self.parent;
    memory.lifecycle.tell('listening');
    // The drain that its predecessor kept has ended with it.
    if (memory.lifecycle.status === 'draining') await settleDrained(self, memory);
    memory.gates.onRetired = () => self.send(self.pid, RETIRED);
    // One may have become empty while nobody was there to be told.
    if (memory.gates.list().some((gate) => gate.isRetired)) memory.gates.onRetired();
    return { memory, drains: new Drains(self, memory) };
  },
  handleCall: {
    /** Accepts no more, the server or one acceptor; answers why not. */
    async suspend(acceptor: string | undefined, _from, { memory }, self) {
      if (acceptor !== undefined) {
        const gate = gateOf(memory, acceptor);
        if (gate instanceof Error) return reply(gate);
        memory.gates.setOpen(gate, false);
      } else if (memory.listener !== undefined) {
        await GenServer.ref(self, listener, memory.listener).call('suspend');
        memory.lifecycle.tell('suspend');
      }
      return reply(undefined);
    },
    /** Accepts again, the server or one acceptor; answers why not. */
    async resume(acceptor: string | undefined, _from, state, self) {
      if (acceptor === undefined) return reply(await resume(state, self));
      const gate = gateOf(state.memory, acceptor);
      if (gate instanceof Error) return reply(gate);
      state.drains.breakOff(acceptor);
      state.memory.gates.setOpen(gate, true);
      return reply(undefined);
    },
    /** Drains the server or one acceptor; answers when that is done, or why it is not. */
    drain(request: DrainRequest, from: From<DrainReport | BadArgumentError>, { memory, drains }) {
      const gate = request.acceptor === undefined ? undefined : gateOf(memory, request.acceptor);
      if (gate instanceof Error) return reply(gate);
      drains.begin(request, from);
      return undefined;
    },
    /** Changes options; answers why not. */
    change(changes: LiveOptions, _from, { memory }) {
      const { config, lifecycle } = memory;
      // The mistake is the caller's, and nobody else is to suffer for it.
      try {
        config.change(changedConfig(config.current, changes, lifecycle.status === 'suspended'));
        return reply(undefined);
      } catch (error) {
        return reply(error as Error);
      }
    },
  },
  async handleInfo(message, { memory, drains }: ShutdownState, self) {
    if (message instanceof ExitMessage) await drains.ended(message.from);
    if (message === RETIRED) await removeRetired(self, memory);
  },
  terminate: (_reason, state, self) => shutDown(state, self),
});

/** The ShutdownListener under its Server. It ends as soon as the connections have, so it is never hurried itself. */
export function shutdownListenerSpec(memory: ServerMemory): ChildSpec {
  const options = { id: ID.shutdownListener, label: ID.shutdownListener, shutdown: 'infinity' } as const;
  return serverSpec(shutdownListener, memory, options);
}
