import { type From, GenServer, type Pid, type Self } from '@thousand-island/runtime';
import { isCustom } from './custom-connection.ts';
import { type DrainPlan, type DrainProgress, drain, tellProcess, tellWorker } from './drain.ts';
import type { DrainRequest } from './drain-options.ts';
import type { DrainReport } from './events.ts';
import { listener } from './listener.ts';
import type { ServerMemory } from './server-memory.ts';
import { childOf, connectionSupervisors, ID } from './tree.ts';

interface Running {
  readonly acceptor: string | undefined;
  readonly pid: Pid;
  readonly progress: DrainProgress;
  /** Who waits for its end. */
  readonly waiters: From<DrainReport>[];
}

/** The drains that are under way in a server, each a process of its own, linked to the one that keeps them. */
export class Drains {
  readonly #self: Self;
  readonly #memory: ServerMemory;
  readonly #running: Running[] = [];

  constructor(self: Self, memory: ServerMemory) {
    this.#self = self;
    this.#memory = memory;
  }

  /** Begins a drain. If the same is being drained already, only waits for that: it is told once. */
  begin(request: DrainRequest, from: From<DrainReport>): void {
    const { acceptor } = request;
    const before = this.#running.find((each) => each.acceptor === acceptor);
    if (before !== undefined) {
      before.waiters.push(from);
      return;
    }
    const memory = this.#memory;
    // One that accepts nobody any more has been left alone already.
    const delayMs = memory.listens ? request.delayMs : 0;
    if (acceptor === undefined) memory.lifecycle.tell('drain');
    const progress: DrainProgress = { told: 0, finished: 0, forced: 0 };
    const pid = this.#self.spawnLink((self) => carryOut(self, memory, { ...request, delayMs }, progress));
    this.#running.push({ acceptor, pid, progress, waiters: [from] });
  }

  /** A process has ended; if it was a drain's, so has the drain. */
  async ended(pid: Pid | undefined): Promise<void> {
    const running = this.#running.find((each) => each.pid === pid);
    if (running === undefined) return;
    if (running.acceptor === undefined) await settleDrained(this.#self, this.#memory);
    this.#finish(running);
  }

  /** Breaks off the drain of an acceptor, or of the server: nobody is told, or killed, any more. */
  breakOff(acceptor: string | undefined): void {
    const running = this.#running.find((each) => each.acceptor === acceptor);
    if (running === undefined) return;
    this.#self.sendExit(running.pid, 'kill');
    this.#finish(running);
  }

  breakOffAll(): void {
    for (const { acceptor } of [...this.#running]) this.breakOff(acceptor);
  }

  #finish(running: Running): void {
    const { acceptor, progress, waiters } = running;
    this.#running.splice(this.#running.indexOf(running), 1);
    const report: DrainReport = { ...progress };
    for (const from of waiters) this.#self.answer(from, report);
    const { events } = this.#memory.config.current;
    const server = this.#self.parent as Pid;
    if (events.wants('server:drained'))
      events.publish('server:drained', { server, report, ...(acceptor === undefined ? {} : { acceptor }) });
  }
}

/** How connections are drained by what the options say by now. */
export function drainPlan(memory: ServerMemory, timeoutMs: number, windowMs: number): DrainPlan {
  const giveUpStarts = (supervisors: readonly Pid[]): void => {
    for (const starter of memory.starters.values())
      if (starter.supervisor !== undefined && supervisors.includes(starter.supervisor)) starter.giveUp();
  };
  const tell = isCustom(memory.config.current.handler) ? tellProcess : tellWorker;
  return { timeoutMs, windowMs, tell, giveUpStarts };
}

/** First no new connections, then the end of those that are there. */
async function carryOut(
  self: Self,
  memory: ServerMemory,
  request: DrainRequest,
  progress: DrainProgress,
): Promise<void> {
  const { acceptor, delayMs, timeoutMs, windowMs } = request;
  self.setLabel(`drain ${acceptor ?? 'server'}`);
  if (delayMs > 0) await self.sleep(delayMs);
  const { acceptorSupervisor } = memory;
  if (acceptorSupervisor === undefined) return;
  await (acceptor === undefined ? closeServer(self, memory) : closeAcceptor(memory, acceptor));
  const supervisors =
    acceptor === undefined
      ? await connectionSupervisors(self, acceptorSupervisor)
      : await connectionSupervisorsOf(self, acceptorSupervisor, acceptor);
  await drain(self, supervisors, drainPlan(memory, timeoutMs, windowMs), progress);
}

/** The server's drain is over, however it ended: the server is suspended from now on. */
export async function settleDrained(self: Self, memory: ServerMemory): Promise<void> {
  await closeServer(self, memory);
  memory.lifecycle.tell('drained');
}

async function closeServer(self: Self, memory: ServerMemory): Promise<void> {
  memory.gates.setClosed(true);
  if (memory.listener === undefined || !self.isAlive(memory.listener)) return;
  const ref = GenServer.ref(self, listener, memory.listener);
  await ref.call('suspend');
  await ref.call('dismiss');
}

function closeAcceptor({ gates }: ServerMemory, acceptor: string): void {
  const gate = gates.find(acceptor);
  if (gate !== undefined) gates.setOpen(gate, false);
}

async function connectionSupervisorsOf(self: Self, supervisor: Pid, acceptor: string): Promise<Pid[]> {
  const pid = await childOf(self, supervisor, acceptor);
  const found = pid === undefined ? undefined : await childOf(self, pid, ID.connectionSupervisor);
  return found === undefined ? [] : [found];
}
