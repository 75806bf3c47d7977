import { checkLabel, checkOptions } from '../arguments.ts';
import { startServer } from '../behaviours/gen-server.ts';
import {
  type AnyServer,
  type ArgumentOf,
  type Awaitable,
  checkModule,
} from '../behaviours/gen-server-module.ts';
import { BadArgumentError } from '../errors.ts';
import { checkProcessName, type ProcessName } from '../name.ts';
import type { Pid } from '../pid.ts';
import type { Self } from '../process/self.ts';
import type { StartOptions, StartResult } from '../process/start.ts';
import { inspected } from '../text.ts';
import type { AutoShutdown } from './supervisor-options.ts';

/** When a child that has ended is started again: always, after a crash only, or never. */
export type Restart = 'permanent' | 'transient' | 'temporary';

/** How long a child may take to stop, in ms, before it is killed; `'brutalKill'` kills it at once. */
export type Shutdown = number | 'infinity' | 'brutalKill';

/** What a child's start may come to: a start result, or simply what was started. */
export type Started = StartResult | Pid | { readonly pid: Pid };

/** How a supervisor starts, restarts and stops one child. OTP: "Child specification". */
export interface ChildSpec {
  /** Names the child among its siblings. */
  readonly id: string;
  /**
   * Starts the child and links it to the supervisor, whose `Self` it is given. Throwing, or answering
   * `{ kind: 'error' }`, fails the start; `{ kind: 'ignore' }` leaves the child out without failing.
   */
  readonly start: (supervisor: Self, argument?: never) => Awaitable<Started>;
  /** `'permanent'` unless said. */
  readonly restart?: Restart;
  /** 5,000 ms unless said; for a supervisor `'infinity'`, since it waits for its own children. */
  readonly shutdown?: Shutdown;
  /** `'worker'` unless said. */
  readonly type?: 'worker' | 'supervisor';
  /** Whether its end, of itself, can end the supervisor; see `autoShutdown`. `false` unless said. */
  readonly significant?: boolean;
}

/** A child spec with every default filled in: what the inside works with. Made by `resolveChildSpec` alone. */
export type ResolvedChildSpec = Required<ChildSpec>;

/**
 * The child spec of many children: they differ in the argument that each is started with. Checked once, so that one spec for
 * many children costs less than one each.
 */
export type DynamicChildSpec<Argument> = Omit<ChildSpec, 'id' | 'start'> & {
  readonly start: (supervisor: Self, argument: Argument) => Awaitable<Started>;
};

/** What may be said of a child besides how to start it. */
export type ChildOptions = Partial<Omit<ChildSpec, 'start'>> & {
  readonly name?: ProcessName;
  readonly label?: string;
};

const RESTARTS: readonly unknown[] = ['permanent', 'transient', 'temporary'];
const TYPES: readonly unknown[] = ['worker', 'supervisor'];
const KEYS: readonly string[] = ['id', 'start', 'restart', 'shutdown', 'type', 'significant'];

/**
 * Checks a child spec and fills in its defaults; the error names the field, its value and what is allowed. `autoShutdown`
 * is the supervisor's, if it is known: a significant child needs one that is not `'never'`.
 */
export function resolveChildSpec(spec: unknown, autoShutdown?: AutoShutdown): ResolvedChildSpec {
  if (typeof spec !== 'object' || spec === null) throw BadArgumentError.of('a child spec', 'an object', spec);
  const {
    id,
    start,
    restart = 'permanent',
    type = 'worker',
    significant = false,
  } = spec as Partial<ChildSpec>;
  const { shutdown = type === 'supervisor' ? 'infinity' : 5_000 } = spec as Partial<ChildSpec>;
  if (typeof id !== 'string' || id === '')
    throw BadArgumentError.of('the id of a child', 'a non-empty string', id);
  const what = (field: string): string => `${field} of child ${inspected(id)}`;
  for (const key of Object.keys(spec)) {
    if (!KEYS.includes(key))
      throw BadArgumentError.of(`a field of child ${inspected(id)}`, `one of ${KEYS.join(', ')}`, key);
  }
  if (typeof start !== 'function') throw BadArgumentError.of(what('start'), 'a function', start);
  if (!RESTARTS.includes(restart)) throw BadArgumentError.of(what('restart'), RESTARTS.join(', '), restart);
  if (!TYPES.includes(type)) throw BadArgumentError.of(what('type'), TYPES.join(' or '), type);
  if (!isShutdownValue(shutdown)) {
    throw BadArgumentError.of(
      what('shutdown'),
      "a whole number of ms >= 0, 'infinity' or 'brutalKill'",
      shutdown,
    );
  }
  if (typeof significant !== 'boolean')
    throw BadArgumentError.of(what('significant'), 'a boolean', significant);
  if (significant && restart === 'permanent') {
    throw new BadArgumentError(
      `child ${inspected(id)} cannot be significant: a permanent child never ends of itself`,
    );
  }
  const resolved = { id, start, restart, shutdown, type, significant };
  const refusal = autoShutdown === undefined ? undefined : refuseSignificant(resolved, autoShutdown);
  if (refusal !== undefined) throw refusal;
  return resolved;
}

/** Why a significant child cannot be where nobody heeds its end; undefined if there is nothing against it. */
export function refuseSignificant(
  spec: ResolvedChildSpec,
  autoShutdown: AutoShutdown,
): BadArgumentError | undefined {
  if (!spec.significant || autoShutdown !== 'never') return undefined;
  return new BadArgumentError(
    `child ${inspected(spec.id)} cannot be significant: its supervisor's autoShutdown is 'never'`,
  );
}

function isShutdownValue(value: unknown): boolean {
  return (
    value === 'infinity' ||
    value === 'brutalKill' ||
    (typeof value === 'number' && Number.isInteger(value) && value >= 0)
  );
}

/** What `specOf` is told besides the id, which it is given, and which is no option. */
type SpecOptions = Omit<ChildOptions, 'id'>;

/** The names of `ChildOptions`. @internal */
export const CHILD_OPTIONS: readonly string[] = ['name', 'label', ...KEYS.filter((key) => key !== 'start')];
const OPTIONS = CHILD_OPTIONS.filter((option) => option !== 'id');

const MANY: readonly string[] = OPTIONS.filter((option) => option !== 'name');

/**
 * The child spec of what starts under a name and a label. Checked at once, so that an error is where the mistake is. What is
 * `fixed`, or `refused`, is no option: a supervisor cannot be a worker.
 */
export function specOf(
  id: string,
  options: SpecOptions,
  start: (supervisor: Self, options: StartOptions) => Awaitable<Started>,
  fixed: SpecOptions = {},
  refused: readonly string[] = Object.keys(fixed),
): ChildSpec {
  const allowed = OPTIONS.filter((option) => !refused.includes(option));
  const { name, label, ...rest } = { ...checkOptions(`child ${inspected(id)}`, options, allowed), ...fixed };
  const startOptions: StartOptions = {
    ...(name === undefined ? {} : { name: checkProcessName(name) }),
    ...(label === undefined ? {} : { label: checkLabel(label) }),
  };
  const spec: ChildSpec = { ...rest, id, start: (supervisor) => start(supervisor, startOptions) };
  resolveChildSpec(spec);
  return spec;
}

/** The child spec of a GenServer; its id is the module's name unless said. */
export function serverSpec<Server extends AnyServer & { readonly name?: string }>(
  module: Server,
  argument: ArgumentOf<Server>,
  options: ChildOptions = {},
): ChildSpec {
  const { id = checkModule(module).name, ...rest } = checkOptions('a child', options, CHILD_OPTIONS);
  if (id === undefined) throw new BadArgumentError('the child needs an id: its module has no name');
  return specOf(id, rest, (supervisor, started) => startServer(supervisor, true, module, argument, started));
}

/** The child spec of many GenServers under a dynamic supervisor; the argument of `startChild` is that of `init`. */
export function serversSpec<Server extends AnyServer>(
  module: Server,
  options: Omit<ChildOptions, 'id' | 'name'> = {},
): DynamicChildSpec<ArgumentOf<Server>> {
  checkModule(module);
  const { label, ...rest } = checkOptions('many children', options, MANY);
  const startOptions: StartOptions = label === undefined ? {} : { label: checkLabel(label) };
  return {
    ...rest,
    start: (supervisor, argument) => startServer(supervisor, true, module, argument, startOptions),
  };
}
