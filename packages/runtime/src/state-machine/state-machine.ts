import type { AnyActorRef, AnyStateMachine } from 'xstate';
import { type ServerStartOptions, startServer } from '../behaviours/gen-server.ts';
import type { AnyServer } from '../behaviours/gen-server-module.ts';
import { GenServerProgram } from '../behaviours/gen-server-program.ts';
import { sys } from '../behaviours/sys.ts';
import { BadArgumentError, NoProcessError, StartFailedError } from '../errors.ts';
import { type Address, checkAddress } from '../name.ts';
import type { CallOptions } from '../process/call.ts';
import type { Self } from '../process/self.ts';
import { checkStartOptions } from '../process/start.ts';
import { type Host, resolveHost } from '../runtime.ts';
import { type ChildOptions, type ChildSpec, specOf } from '../supervisor/child-spec.ts';
import { MachineClock } from './machine-clock.ts';
import type {
  LooseMachineOptions,
  MachineChildOptions,
  MachineOptions,
  OptionsArgument,
} from './machine-options.ts';
import { type Kept, MachineServer, type Migration } from './machine-server.ts';
import { StateMachineRef } from './state-machine-ref.ts';

/** What actions, guards, actors and the initial context are given, as far as it leads to their process. */
type Scope = { readonly system: AnyActorRef['system'] } | { readonly self: AnyActorRef };

type LooseOptions = LooseMachineOptions & ServerStartOptions;
type LooseChildOptions = LooseMachineOptions & ChildOptions & { readonly resume?: boolean };

/** What a machine runs with. */
const SETTINGS = ['input', 'snapshot', 'inspect', 'logger', 'trapExit'];

/** The options that are given: one that is not must not be there at all. */
function defined<Options extends object>(
  options: Options,
): { [Key in keyof Options]?: NonNullable<Options[Key]> } {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [Key in keyof Options]?: NonNullable<Options[Key]> };
}

async function start<Machine extends AnyStateMachine>(
  host: Host,
  linked: boolean,
  machine: Machine,
  options: LooseOptions = {},
): Promise<StateMachineRef<Machine>> {
  const { kernel } = resolveHost(host);
  checkStartOptions(options, ['debug', ...SETTINGS]);
  const server = new MachineServer([machine], options);
  const result = await startServer(host, linked, server, undefined, options, 'StateMachine');
  if (result.kind !== 'ok')
    throw new StartFailedError('the machine', result.kind === 'error' ? result.reason : 'ignore');
  return new StateMachineRef(kernel, result.pid, server.outcome);
}

/**
 * XState machines as processes: events are messages, handled one at a time; delays run on the runtime's clock; what the
 * machine invokes or spawns ends with the process; an error that the machine does not handle is the exit reason, and a
 * final state a normal end. OTP: `gen_statem`, whose place this takes; `docs/guides/state-machines.md` compares the two.
 */
export const StateMachine = {
  /**
   * Starts a machine that is nobody's child, and runs its initial actions. Rejects with `StartFailedError`, whose `reason`
   * is what they threw.
   */
  start<Machine extends AnyStateMachine>(
    host: Host,
    machine: Machine,
    ...[options]: OptionsArgument<Machine, MachineOptions<Machine>>
  ): Promise<StateMachineRef<Machine>> {
    return start(host, false, machine, options);
  },

  /** Starts a machine linked to the process that starts it. */
  startLink<Machine extends AnyStateMachine>(
    host: Host,
    machine: Machine,
    ...[options]: OptionsArgument<Machine, MachineOptions<Machine>>
  ): Promise<StateMachineRef<Machine>> {
    return start(host, true, machine, options);
  },

  /**
   * The child spec of a machine; its id is the machine's unless said.
   *
   * With `resume`, a machine that has crashed goes on from the last event that it handled well, with the actors and delays
   * it had then; the event that crashed it, and what waited behind it, are lost. A machine that was stopped, or has reached
   * its final state, begins anew. So does one that cannot be resumed, when its supervisor tries once more. Such a spec keeps
   * what there is to resume from: it stands for one child.
   */
  childSpec<Machine extends AnyStateMachine>(
    machine: Machine,
    ...[options]: OptionsArgument<Machine, MachineChildOptions<Machine>>
  ): ChildSpec {
    const {
      input,
      snapshot,
      inspect,
      logger,
      trapExit,
      resume = false,
      id = machine.id,
      ...rest
    }: LooseChildOptions = options ?? {};
    const settings = defined({ input, snapshot, inspect, logger, trapExit });
    let kept: Kept | undefined;
    return specOf(id, rest, (supervisor, started) => {
      const from = kept === undefined ? settings : { ...settings, snapshot: kept.persisted };
      const machines = kept?.machines ?? ([machine] as const);
      // Kept no longer: if this start fails, the next one does without.
      kept = undefined;
      const keep = (now: Kept | undefined): void => {
        kept = now;
      };
      const server = new MachineServer(machines, from, resume ? keep : undefined);
      return startServer(supervisor, true, server, undefined, started, 'StateMachine');
    });
  },

  /**
   * Has a suspended machine go on as another one, a new version say, in the same state with the same context, actors and
   * delays, or with what `migrate` makes of what was persisted. No entry or exit actions run. Rejects as `sys.changeCode`
   * does; if the new machine has no such state, all is as it was. A snapshot of the option `resume` is of the new one then.
   */
  changeCode(
    host: Host,
    address: Address,
    machine: AnyStateMachine,
    options: CallOptions & { readonly migrate?: Migration } = {},
  ): Promise<void> {
    const { migrate, ...call } = options;
    const change = {
      module: machine as unknown as AnyServer,
      ...(migrate === undefined ? {} : { extra: migrate }),
    };
    return sys.changeCode(host, address, change, call);
  },

  /** A typed reference to a machine that runs already, found by pid or name. `NoProcessError` if there is none. */
  ref<Machine extends AnyStateMachine>(
    host: Host,
    _machine: Machine,
    address: Address,
  ): StateMachineRef<Machine> {
    const { kernel } = resolveHost(host);
    const process = kernel.find(checkAddress(address));
    if (process === undefined) throw new NoProcessError(`there is no process ${String(address)}`);
    const { program } = process;
    const server: unknown = program instanceof GenServerProgram ? program.module : undefined;
    if (!(server instanceof MachineServer))
      throw BadArgumentError.of('what is referred to', 'a state machine', address);
    return new StateMachineRef(kernel, process.pid, server.outcome);
  },

  /**
   * The process that a piece of a machine runs in: give it the argument of an action, a guard, an actor or the initial
   * context. What is sent, linked, spawned or owned through it is the machine's doing.
   */
  self(scope: Scope): Self {
    const { _clock: clock } = 'system' in scope ? scope.system : scope.self.system;
    if (clock instanceof MachineClock) return clock.self;
    throw new BadArgumentError('this machine runs outside any process: it was not started by StateMachine');
  },
};
