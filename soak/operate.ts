import { setTimeout as sleep } from 'node:timers/promises';
import {
  type LiveOptions,
  type RunningServer,
  ThousandIsland,
  type TlsTransport,
} from '@thousand-island/island';
import { inspect, type Pid, type Runtime, type TreeNode } from '@thousand-island/runtime';
import type { Answer } from './messages.ts';
import { ACCEPTORS, type Operation, type Role } from './operation-plan.ts';
import { AT_START, nameOf } from './soak-servers.ts';
import type { ServerName } from './visit-plan.ts';

/** What an operation may be told when what it works with is killed, stopped, or given something else to do meanwhile. */
const CROSSED: readonly unknown[] = [
  'OTP_NOPROC',
  'OTP_CALL_EXIT',
  'OTP_BAD_ARGUMENT', // there is no such acceptor any more
  'ISLAND_SERVER_RUNNING',
];

const RESTORE_MS = 20_000;
const LOOK_AGAIN_MS = 20;

/** Does one thing to a server that others are doing things to as well. */
export async function operate(runtime: Runtime, tls: TlsTransport, operation: Operation): Promise<Answer> {
  return outcome(async () => {
    const server = await ThousandIsland.ref(runtime, nameOf(operation.server));
    if (operation.kind === 'reload') await tls.reload();
    else await carryOut(runtime, server, operation);
  });
}

async function outcome(attempt: () => Promise<void>): Promise<Answer> {
  try {
    await attempt();
    return { kind: 'done' };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (CROSSED.includes(code)) return { kind: 'crossed', by: String(code) };
    return { kind: 'failed', why: error instanceof Error ? String(error.stack) : String(error) };
  }
}

async function carryOut(
  runtime: Runtime,
  server: RunningServer,
  operation: Exclude<Operation, { readonly kind: 'reload' }>,
): Promise<void> {
  switch (operation.kind) {
    case 'kill': {
      const candidates = processesOf(await inspect.tree(runtime, server.pid), operation.role);
      const chosen = candidates[Math.floor(operation.which * candidates.length)];
      const pid = runtime.processes().find((each) => String(each) === chosen);
      if (pid !== undefined) runtime.sendExit(pid, 'kill');
      return;
    }
    case 'suspend': {
      const choice = choiceOf(operation.acceptor);
      await server.suspend(choice);
      await sleep(operation.forMs);
      return server.resume(choice);
    }
    case 'drain': {
      const { acceptor, timeout, window } = operation;
      await server.drain({ ...choiceOf(acceptor), timeout, window });
      return server.resume(choiceOf(acceptor));
    }
    case 'change':
      return server.setOptions(operation.options as LiveOptions);
    case 'rebuild':
      await server.suspend();
      try {
        await server.setOptions(operation.options as LiveOptions);
      } finally {
        await server.resume();
      }
      return;
    case 'look':
      await Promise.all([server.info(), server.connections()]);
      return;
    default:
      return operation satisfies never;
  }
}

function choiceOf(acceptor: string | undefined): { readonly acceptor?: string } {
  return acceptor === undefined ? {} : { acceptor };
}

/** The pids, as text, of a server's processes that play a role. */
function processesOf(root: TreeNode, role: Role): string[] {
  const found: string[] = [];
  const visit = (node: TreeNode, parent: TreeNode | undefined): void => {
    if (node.pid !== undefined && roleOf(node, parent) === role) found.push(node.pid);
    for (const child of node.children) visit(child, node);
  };
  visit(root, undefined);
  return found;
}

function roleOf(node: TreeNode, parent: TreeNode | undefined): string | undefined {
  if (parent === undefined) return 'server';
  if (parent.id === 'connectionSupervisor') return 'connection';
  return node.id?.replace(/-\d+$/, '');
}

/** Brings a server back to what it was at the start, whatever has been done to it. Answers why that cannot be. */
export async function restore(runtime: Runtime, name: ServerName): Promise<Answer> {
  const until = performance.now() + RESTORE_MS;
  for (;;) {
    const answer = await outcome(async () => {
      const server = await ThousandIsland.ref(runtime, nameOf(name));
      await server.suspend();
      await server.setOptions(AT_START);
      await server.resume();
      for (const { id } of (await server.info()).acceptors) await server.resume({ acceptor: id });
      await server.waitForConnections('==', 0, { signal: AbortSignal.timeout(RESTORE_MS) });
      await whole(runtime, server.pid);
    });
    if (answer.kind !== 'crossed') return answer;
    if (performance.now() > until) return { kind: 'failed', why: `${name} is still ${answer.by}` };
    await sleep(LOOK_AGAIN_MS);
  }
}

/** Waits until all processes of the server are there again, and those that are too many have gone. */
async function whole(runtime: Runtime, server: Pid): Promise<void> {
  const until = performance.now() + RESTORE_MS;
  for (;;) {
    const tree = await inspect.tree(runtime, server);
    const count = (role: Role): number => processesOf(tree, role).length;
    const each = [count('acceptor'), count('acceptorWorker'), count('connectionSupervisor')];
    if (each.every((number) => number === ACCEPTORS)) return;
    if (performance.now() > until)
      throw new Error(`of ${ACCEPTORS} acceptors, workers and supervisors of connections there are ${each}`);
    await sleep(LOOK_AGAIN_MS);
  }
}
