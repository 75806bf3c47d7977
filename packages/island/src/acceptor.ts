import { type ChildSpec, DynamicSupervisor, type Pid, Supervisor } from '@thousand-island/runtime';
import { acceptorWorkerSpec } from './acceptor-worker.ts';
import type { ConnectionSpec } from './connection-worker.ts';
import type { ServerMemory } from './server-memory.ts';
import { ID } from './tree.ts';

/** An AcceptorWorker that crashes costs no connection, so many may. Only what is not to be mended takes the acceptor along. */
const INTENSITY = 10;

/** The id of an acceptor; the first has the number 1. */
export function acceptorId(number: number): string {
  return `acceptor-${number}`;
}

function acceptorNumber(id: string): number {
  return Number(id.slice('acceptor-'.length));
}

/**
 * One acceptor: a worker that accepts, and the supervisor of the connections it has accepted. When the supervisor crashes its
 * connections are gone and the worker starts anew with the new one; when the worker crashes, only the worker does.
 */
export function acceptorSpec(
  memory: ServerMemory,
  connection: ConnectionSpec,
  server: Pid,
  id: string,
): ChildSpec {
  return Supervisor.childSpec(
    id,
    {
      strategy: 'restForOne',
      intensity: INTENSITY,
      children: [
        DynamicSupervisor.childSpec(ID.connectionSupervisor, {}, { label: ID.connectionSupervisor }),
        acceptorWorkerSpec(memory, memory.gates.gate(id), connection, server, acceptorNumber(id)),
      ],
    },
    { label: id },
  );
}
