import { type ChildSpec, type Pid, type Self, Supervisor } from '@thousand-island/runtime';
import { acceptorId, acceptorSpec } from './acceptor.ts';
import { connectionSpec } from './connection-worker.ts';
import { customConnectionSpec, isCustom } from './custom-connection.ts';
import type { ServerMemory } from './server-memory.ts';
import { ID } from './tree.ts';

/**
 * How many acceptors may crash in 5 s before all of them start anew: each of them once, since what befalls one may befall
 * all, and then as many as ranch allows.
 */
function intensityFor(acceptors: number): number {
  return acceptors + 1 + Math.ceil(Math.log2(acceptors));
}

/** The pool of acceptors: each stands for itself. Its children are told the pid of the Server above. */
export function acceptorSupervisorSpec(memory: ServerMemory): ChildSpec {
  return Supervisor.childSpec(
    ID.acceptorSupervisor,
    ({ parent: server }) => {
      const { acceptors } = memory.config.current;
      const ids = Array.from({ length: acceptors }, (_, index) => acceptorId(index + 1));
      memory.gates.keep(ids);
      return {
        strategy: 'oneForOne',
        intensity: intensityFor(acceptors),
        children: ids.map((id) => specOf(memory, server as Pid, id)),
      };
    },
    { label: ID.acceptorSupervisor },
  );
}

function specOf(memory: ServerMemory, server: Pid, id: string): ChildSpec {
  const { config } = memory;
  const { handler } = config.current;
  const connection = isCustom(handler) ? customConnectionSpec(memory, handler, id) : connectionSpec(config);
  return acceptorSpec(memory, connection, server, id);
}

/**
 * Brings the number of acceptors to what the options say by now. One too many accepts no more, and goes when its last
 * connection has; see `removeRetired`.
 */
export async function fitAcceptors(self: Self, memory: ServerMemory): Promise<void> {
  const { acceptorSupervisor, gates, config } = memory;
  const server = self.parent;
  if (acceptorSupervisor === undefined || server === undefined) return;
  const { acceptors } = config.current;
  const wanted = new Set(Array.from({ length: acceptors }, (_, index) => acceptorId(index + 1)));
  for (const gate of gates.list()) {
    if (gate.isRetired === wanted.has(gate.id)) gates.setRetired(gate, !wanted.has(gate.id));
    wanted.delete(gate.id);
  }
  for (const id of wanted) await Supervisor.startChild(self, acceptorSupervisor, specOf(memory, server, id));
  await removeRetired(self, memory);
}

/** Takes away the acceptors that are too many and have no connection any more. */
export async function removeRetired(self: Self, memory: ServerMemory): Promise<void> {
  const { acceptorSupervisor, gates, starters } = memory;
  for (const gate of gates.list()) {
    if (!gate.isRetired || gate.all > 0 || acceptorSupervisor === undefined) continue;
    gates.remove(gate.id);
    starters.delete(gate.id);
    await Supervisor.terminateChild(self, acceptorSupervisor, gate.id);
    await Supervisor.deleteChild(self, acceptorSupervisor, gate.id);
  }
}
