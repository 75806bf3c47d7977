import { EventBus } from './event-bus.ts';
import type { ExitReason } from './exit-reason.ts';
import type { Address, Name } from './name.ts';
import type { Pid } from './pid.ts';

/** A process has been made. Its code has not run yet. */
export interface ProcessSpawned {
  readonly pid: Pid;
  readonly parent: Pid | undefined;
  readonly behaviour: string;
}

/** A process has ended. */
export interface ProcessExited {
  readonly pid: Pid;
  readonly name: Name | undefined;
  readonly label: string | undefined;
  readonly reason: ExitReason;
}

/** A process' own code has ended it, and not in good order. OTP: the crash report of `proc_lib`. */
export interface ProcessCrashed extends ProcessExited {
  readonly parent: Pid | undefined;
  /** Who started it, who started that one, …, by name where they have one; up to the first that lives no more. */
  readonly ancestors: readonly (Pid | Name)[];
  /** What it began with: `counter.init`, or the name of a function. */
  readonly initialCall: string;
  /** Who it was linked to: they are told of its end next. */
  readonly links: readonly Pid[];
  readonly behaviour: string;
  /** What the process was handling, if its behaviour keeps that. */
  readonly lastMessage?: unknown;
  /** The state before that message. */
  readonly state?: unknown;
}

/** What a supervisor tells of a child. OTP: "supervisor reports". */
export interface SupervisorReport {
  readonly supervisor: Pid;
  readonly context: 'childTerminated' | 'startError' | 'shutdownError' | 'shutdown';
  readonly reason: ExitReason;
  /** The child's id; undefined for a child of a dynamic supervisor. */
  readonly id: string | undefined;
  readonly pid: Pid | undefined;
  /** How many children the report stands for, when a dynamic supervisor reports several at once. */
  readonly count?: number;
}

/** A supervisor has started a child. OTP: the progress report. */
export interface ChildStarted {
  readonly supervisor: Pid;
  readonly id: string | undefined;
  readonly pid: Pid;
}

/** A server that is traced has taken a message, answered, or gone on. See `sys.trace`. */
export interface ServerTraced {
  readonly pid: Pid;
  readonly name: Name | undefined;
  /** The event in words. */
  readonly text: string;
  /** The event itself, a `SystemEvent`. */
  readonly event: unknown;
}

/** An event handler has failed: it was taken out, and its manager and the other handlers go on. OTP: the report of `gen_event`. */
export interface HandlerFailed {
  readonly manager: Pid;
  /** Its name, with its id if it has one: `log`, `log:errors`. */
  readonly handler: string;
  readonly reason: ExitReason;
  /** What it was handling. */
  readonly lastMessage: unknown;
  /** Its state before that. */
  readonly state: unknown;
}

/** A message was dropped because nothing handles it: a GenServer without `handleInfo`. */
export interface MessageUnhandled {
  readonly pid: Pid;
  readonly to: Address;
  readonly message: unknown;
}

/**
 * Code of no live process has thrown: what the runtime called back (closing a resource), or, while errors are contained, what a
 * process that has ended has left behind.
 */
export interface CallbackFailed {
  readonly error: unknown;
  /** Who had left it behind. */
  readonly pid?: Pid;
}

/** Every event of the runtime. Each also goes out on the diagnostics channel `otp:` + its name. */
export interface RuntimeEventMap {
  'process:spawn': ProcessSpawned;
  'process:exit': ProcessExited;
  'process:crash': ProcessCrashed;
  'supervisor:report': SupervisorReport;
  'supervisor:progress': ChildStarted;
  'server:trace': ServerTraced;
  'handler:failed': HandlerFailed;
  'message:unhandled': MessageUnhandled;
  'callback:failed': CallbackFailed;
}

/** The name of an event. */
export type RuntimeEventName = keyof RuntimeEventMap;

const NAMES: readonly RuntimeEventName[] = [
  'process:spawn',
  'process:exit',
  'process:crash',
  'supervisor:report',
  'supervisor:progress',
  'server:trace',
  'handler:failed',
  'message:unhandled',
  'callback:failed',
];

/** What happens in a runtime. */
export type RuntimeEvents = EventBus<RuntimeEventMap>;

/** The events of one runtime; on the diagnostics channels they are called `otp:process:spawn` and so on. */
export function runtimeEvents(): RuntimeEvents {
  return new EventBus<RuntimeEventMap>('otp:', NAMES);
}
