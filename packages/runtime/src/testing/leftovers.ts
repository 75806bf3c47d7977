import type { Pid } from '../pid.ts';
import { members } from '../process/few.ts';
import type { Process } from '../process/process.ts';
import { Monitor } from '../process/watch.ts';
import type { Runtime } from '../runtime.ts';

/** Something that is still there in a runtime. `what` says it for a person: `<0.3.0> counter`. */
export interface Leftover {
  readonly kind: 'process' | 'name' | 'timer' | 'monitor' | 'link';
  readonly what: string;
}

const TOOLS = new WeakSet<Pid>();

/** Makes a process one of the test's own: it is never left over. Only what it does to others is. */
export function countAsTool(pid: Pid): void {
  TOOLS.add(pid);
}

/**
 * What is left in a runtime: its processes, their names, links and monitors, and the timers that are armed. Probes are not,
 * nor are processes named in `except`, with what is between them alone.
 *
 * @example
 * ```ts
 * const runtime = new Runtime();
 * const pid = runtime.spawn({ receive: () => {} });
 * runtime.register('echo', pid);
 * leftovers(runtime).map(({ kind }) => kind); // => ['process', 'name']
 * runtime.sendExit(pid, 'kill');
 * leftovers(runtime); // => []
 * ```
 */
export function leftovers(
  runtime: Runtime,
  { except = [] }: { readonly except?: Iterable<Pid> } = {},
): Leftover[] {
  const { kernel } = runtime;
  const excepted = new Set(except);
  const isKnown = ({ pid }: Process): boolean => TOOLS.has(pid) || excepted.has(pid);
  const processes = kernel.table.values();
  const left = processes.filter((process) => !isKnown(process));
  const isBetweenKnown = (one: Process, other: Process | undefined): boolean =>
    isKnown(one) && (other === undefined || isKnown(other));

  const links = processes.flatMap((process) =>
    [...members(process.links)]
      .filter((other) => process.pid.id < other.pid.id && !isBetweenKnown(process, other))
      .map((other) => `${describe(process)} to ${describe(other)}`),
  );
  const monitors = processes.flatMap((process) =>
    [...members(process.watching)]
      .filter((watch) => watch instanceof Monitor && !isBetweenKnown(process, watch.target))
      .map(
        (watch) =>
          `${describe(process)} of ${watch.target === undefined ? 'a group' : describe(watch.target)}`,
      ),
  );
  const names = [...kernel.names].filter(([, process]) => !isKnown(process));
  const timers = kernel.timers.armed().map((timer) => Math.max(0, timer.dueAt - kernel.clock.now()));
  return [
    ...left.map((process) => leftover('process', describe(process))),
    ...names.map(([name, process]) => leftover('name', `${String(name)} of ${process.pid}`)),
    ...timers.sort((one, other) => one - other).map((ms) => leftover('timer', `due in ${Math.ceil(ms)} ms`)),
    ...monitors.map((what) => leftover('monitor', what)),
    ...links.map((what) => leftover('link', what)),
  ];
}

function leftover(kind: Leftover['kind'], what: string): Leftover {
  return { kind, what };
}

function describe({ pid, label, name, program }: Process): string {
  return `${pid} ${label ?? (name === undefined ? (program?.behaviour ?? 'Process') : String(name))}`;
}
