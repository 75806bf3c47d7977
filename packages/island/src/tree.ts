import { type Address, type Pid, Supervisor } from '@thousand-island/runtime';

/** The ids that the processes of a server are known by to their supervisors. */
export const ID = {
  listener: 'listener',
  acceptorSupervisor: 'acceptorSupervisor',
  shutdownListener: 'shutdownListener',
  connectionSupervisor: 'connectionSupervisor',
  acceptorWorker: 'acceptorWorker',
} as const;

/** A running child of a supervisor; undefined if it does not run, or the supervisor is gone. */
export async function childOf(asker: Asker, supervisor: Address, id: string): Promise<Pid | undefined> {
  const children = await Supervisor.whichChildren(asker, supervisor).catch(() => []);
  return children.find((child) => child.id === id)?.pid;
}

/** Who can ask: a process in its own name, or a runtime. */
export type Asker = Parameters<typeof Supervisor.whichChildren>[0];

/** The ConnectionSupervisors of a server, one per acceptor; those that are being restarted are left out. */
export async function connectionSupervisors(asker: Asker, acceptorSupervisor: Pid): Promise<Pid[]> {
  const acceptors = await Supervisor.whichChildren(asker, acceptorSupervisor).catch(() => []);
  const found = await Promise.all(
    acceptors.map(({ pid }) =>
      pid === undefined ? undefined : childOf(asker, pid, ID.connectionSupervisor),
    ),
  );
  return found.filter((pid) => pid !== undefined).reverse();
}
