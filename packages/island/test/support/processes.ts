import { inspect, type Pid, type Runtime, type TreeNode } from '@thousand-island/runtime';

/**
 * The processes of a server by their place in the tree: `acceptorSupervisor/acceptor-1/acceptorWorker`; the connections of
 * one acceptor together. Pids as text.
 */
export async function processesById(runtime: Runtime, server: Pid): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const visit = (node: TreeNode, path: string): void => {
    if (node.pid !== undefined) found.set(path, [found.get(path) ?? [], node.pid].flat().join(' '));
    for (const child of node.children)
      visit(child, [path, child.id ?? 'connection'].filter(Boolean).join('/'));
  };
  visit(await inspect.tree(runtime, server), '');
  return found;
}

/** The live process with this place. */
export async function processAt(runtime: Runtime, server: Pid, path: string): Promise<Pid> {
  const text = (await processesById(runtime, server)).get(path);
  const pid = runtime.processes().find((each) => String(each) === text);
  if (pid === undefined) throw new Error(`no process is at ${path}`);
  return pid;
}
