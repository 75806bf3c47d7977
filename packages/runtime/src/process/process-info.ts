import { checkPid } from '../arguments.ts';
import { BadArgumentError } from '../errors.ts';
import type { Name } from '../name.ts';
import type { Pid } from '../pid.ts';
import { ancestorsOf, initialCallOf } from './ancestry.ts';
import { ScriptProgram, START } from './code-program.ts';
import { countOf, members } from './few.ts';
import { type Process, processOf } from './process.ts';
import type { ProgramDescription } from './program.ts';

/** One process at one moment. OTP: `process_info/1`. */
export interface ProcessInfo {
  readonly pid: Pid;
  readonly parent: Pid | undefined;
  readonly name: Name | undefined;
  readonly label: string | undefined;
  readonly behaviour: string;
  /** `running`: in a callback, also the one that asks, or with messages to handle; `waiting`: for the next message. */
  readonly status: 'running' | 'waiting';
  readonly trapsExit: boolean;
  readonly links: readonly Pid[];
  /** Who it monitors, and who monitors it. Calls that wait for an answer are monitors too. */
  readonly monitors: readonly Pid[];
  readonly monitoredBy: readonly Pid[];
  /** Also what a suspended server keeps until it is resumed. */
  readonly mailboxLength: number;
  readonly messagesHandled: number;
  readonly resources: number;
  readonly timers: number;
  /** On the runtime's clock, in ms. */
  readonly startedAt: number;
  readonly description: ProgramDescription | undefined;
}

/** What is put together only when it is asked for by name. OTP: `process_info/2`. */
export interface ProcessInfoItems extends ProcessInfo {
  /** The messages that wait, oldest first: themselves, not copies. They go on waiting. */
  readonly messages: readonly unknown[];
  readonly dictionary: ReadonlyMap<unknown, unknown>;
  /** Who started it, who started that one, …, by name where they have one; up to the first that lives no more. */
  readonly ancestors: readonly (Pid | Name)[];
  /** What it began with: `counter.init`, or the name of a function. */
  readonly initialCall: string;
}

/** One thing that can be asked of a process. */
export type ProcessInfoItem = keyof ProcessInfoItems;

type Readers = { readonly [Item in ProcessInfoItem]: (process: Process) => ProcessInfoItems[Item] };

const READ: Readers = {
  pid: ({ pid }) => pid,
  parent: ({ parent }) => parent,
  name: ({ name }) => name,
  label: ({ label }) => label,
  behaviour: ({ program }) => program?.behaviour ?? 'Process',
  status: (process) =>
    process.busy || process.waiting > 0 || process.kernel.current === process ? 'running' : 'waiting',
  trapsExit: ({ trapsExit }) => trapsExit,
  links: ({ links }) => Array.from(members(links), (linked) => linked.pid),
  monitors: ({ watching }) => known(Array.from(members(watching), (watch) => watch.target)),
  monitoredBy: ({ watchers }) => known(Array.from(members(watchers), (watch) => watch.owner)),
  mailboxLength: (process) =>
    process.waiting - toldToStart(process) + (process.program?.suspended?.length ?? 0),
  messagesHandled: ({ handled, program }) =>
    program instanceof ScriptProgram ? Math.max(0, handled - 1) : handled,
  resources: ({ resources }) => countOf(resources),
  timers: ({ timers }) => countOf(timers),
  startedAt: ({ startedAt }) => startedAt,
  description: ({ kernel, program }) => kernel.guard(() => program?.describe?.()),
  messages: (process) => [
    ...(process.program?.suspended ?? []),
    ...process.messages().slice(toldToStart(process)),
  ],
  dictionary: ({ dictionary }) => new Map(dictionary),
  ancestors: ancestorsOf,
  initialCall: initialCallOf,
};

/** Reads it off the process, which does not notice. One literal: a snapshot of a big tree reads very many. @internal */
export function processInfo(process: Process): ProcessInfo {
  return {
    pid: process.pid,
    parent: process.parent,
    name: process.name,
    label: process.label,
    behaviour: READ.behaviour(process),
    status: READ.status(process),
    trapsExit: process.trapsExit,
    links: READ.links(process),
    monitors: READ.monitors(process),
    monitoredBy: READ.monitoredBy(process),
    mailboxLength: READ.mailboxLength(process),
    messagesHandled: READ.messagesHandled(process),
    resources: READ.resources(process),
    timers: READ.timers(process),
    startedAt: process.startedAt,
    description: READ.description(process),
  };
}

/** Reads off what is asked for, in the order it is asked for. An item that there is not is refused by name. @internal */
function processInfoItems<Item extends ProcessInfoItem>(
  process: Process,
  items: readonly Item[],
): Pick<ProcessInfoItems, Item> {
  const entries = items.map((item) => {
    if (!Object.hasOwn(READ, item)) {
      throw BadArgumentError.of('an item', `one of ${Object.keys(READ).join(', ')}`, item);
    }
    return [item, READ[item](process)] as const;
  });
  return Object.fromEntries(entries) as Pick<ProcessInfoItems, Item>;
}

/** As a process or a runtime asks: everything, or what it names; undefined if there is no such process any more. @internal */
export function askProcessInfo(pid: Pid, items?: readonly ProcessInfoItem[]): object | undefined {
  const process = processOf(checkPid(pid));
  if (items !== undefined && !Array.isArray(items))
    throw BadArgumentError.of('items', 'a list of items', items);
  if (process === undefined) return undefined;
  return items === undefined ? processInfo(process) : processInfoItems(process, items);
}

/** 1 for a script or a task that has not begun: the first of its messages is the one that sets it going, and nobody's business. */
function toldToStart(process: Process): 0 | 1 {
  return process.oldest === START ? 1 : 0;
}

function known(processes: readonly (Process | undefined)[]): Pid[] {
  return processes.filter((process) => process !== undefined).map(({ pid }) => pid);
}
