import { type Awaitable, defineServer } from '../behaviours/gen-server-module.ts';
import { IgnoreResult, reply, type StopResult, stop } from '../behaviours/gen-server-result.ts';
import type { ExitReason } from '../exit-reason.ts';
import type { Pid } from '../pid.ts';
import { ExitMessage } from '../process/message.ts';
import type { Self } from '../process/self.ts';
import { Child } from './child.ts';
import { type ChildCounts, countChildren } from './child-counts.ts';
import { type ResolvedChildSpec, refuseSignificant } from './child-spec.ts';
import { type Flow, follow, runFlow, wait } from './flow.ts';
import { reportUnhandled } from './report.ts';
import {
  checkSupervisorOptions,
  initialise,
  type SupervisorInitFunction,
  type SupervisorOptions,
} from './supervisor-init.ts';
import { SupervisorState, TryAgain, type Verdict } from './supervisor-state.ts';

/** The answer to `startChild` and `restartChild`; the pid is undefined for a child that ignored. */
export type StartChildResult =
  | { readonly kind: 'ok'; readonly pid: Pid | undefined; readonly extra?: unknown }
  | { readonly kind: 'error'; readonly reason: ExitReason };

/** The answer to an order: done, or why not. */
export type ChildResult =
  | { readonly kind: 'ok' }
  | { readonly kind: 'error'; readonly reason: 'notFound' | 'running' | 'restarting' };

const OK: ChildResult = { kind: 'ok' };

function refused(reason: 'notFound' | 'running' | 'restarting'): ChildResult {
  return { kind: 'error', reason };
}

/** Starts the first children; if one fails, those before it are stopped and the start of the supervisor has failed. */
export function* boot<State extends SupervisorState>(
  state: State,
  specs: readonly ResolvedChildSpec[],
): Flow<State | StopResult<never, never>> {
  for (const spec of specs) {
    state.children.set(spec.id, new Child(spec));
  }
  const failure = yield* state.startAll([...state.children.values()]);
  if (failure === undefined) return state;
  yield* state.stopAll(state.children.values());
  return stop({ shutdown: { failedToStartChild: failure.failed.spec.id, reason: failure.reason } });
}

function* begin(
  self: Self,
  given: SupervisorOptions | SupervisorInitFunction,
): Flow<SupervisorState | IgnoreResult | StopResult<never, never>> {
  const init = yield* wait(initialise(self, given, checkSupervisorOptions));
  if (init instanceof IgnoreResult) return init;
  return yield* boot(new SupervisorState(self, init, given), init.specs);
}

function* startNew(state: SupervisorState, spec: ResolvedChildSpec): Flow<StartChildResult> {
  const refusal = refuseSignificant(spec, state.autoShutdown);
  if (refusal !== undefined) return { kind: 'error', reason: refusal };
  const present = state.children.get(spec.id);
  if (present?.runningPid !== undefined)
    return { kind: 'error', reason: { alreadyStarted: present.runningPid } };
  if (present !== undefined) return { kind: 'error', reason: 'alreadyPresent' };
  const child = new Child(spec);
  const result = yield* state.start(child);
  if (result.kind === 'error') return result;
  if (result.kind === 'ok' || spec.restart !== 'temporary') state.children.set(spec.id, child);
  return result.kind === 'ok' ? result : { kind: 'ok', pid: undefined };
}

function* restartOne(state: SupervisorState, id: string): Flow<StartChildResult | ChildResult> {
  const child = state.children.get(id);
  if (child === undefined) return refused('notFound');
  if (child.status !== 'notRunning') return refused(child.status);
  const result = yield* state.start(child);
  return result.kind === 'ignore' ? { kind: 'ok', pid: undefined } : result;
}

function* stopOne(state: SupervisorState, id: string): Flow<ChildResult> {
  const child = state.children.get(id);
  if (child === undefined) return refused('notFound');
  yield* state.stop(child);
  return OK;
}

function deleteOne(state: SupervisorState, id: string): ChildResult {
  const child = state.children.get(id);
  if (child === undefined) return refused('notFound');
  if (child.status !== 'notRunning') return refused(child.status);
  state.children.delete(id);
  return OK;
}

/** What a verdict means for the server: it goes on, or ends in good order. */
function obey(verdict: Verdict): StopResult<never, never> | undefined {
  return verdict === 'giveUp' ? stop('shutdown') : undefined;
}

/** Does what is still to be done for a verdict, and obeys it. */
export function heed(
  self: Self,
  verdict: Flow<Verdict> | Verdict,
): Awaitable<StopResult<never, never> | undefined> {
  return typeof verdict === 'string' ? obey(verdict) : follow(runFlow(self, verdict), obey);
}

/** The supervisor as a server. It trusts what it is asked: `Supervisor` checks first. */
export const supervisorServer = defineServer({
  name: 'Supervisor',
  init(given: SupervisorOptions | SupervisorInitFunction, self) {
    self.trapExit(true);
    return runFlow(self, begin(self, given));
  },
  handleCall: {
    startChild: (spec: ResolvedChildSpec, _from, state, self) =>
      follow(runFlow(self, startNew(state, spec)), reply<StartChildResult>),
    restartChild: (id: string, _from, state, self) =>
      follow(runFlow(self, restartOne(state, id)), reply<StartChildResult | ChildResult>),
    terminateChild: (id: string, _from, state, self) =>
      follow(runFlow(self, stopOne(state, id)), reply<ChildResult>),
    deleteChild: (id: string, _from, state) => reply(deleteOne(state, id)),
    whichChildren: (_: undefined, _from, state) => {
      return reply(Array.from(state.children.values(), (child) => child.describe()).reverse());
    },
    countChildren: (_: undefined, _from, state, self) => {
      // A child that has unlinked itself can be dead without the supervisor's knowing.
      return reply<ChildCounts>(countChildren(state.children.values(), (pid) => self.isAlive(pid)));
    },
    getChildSpec: (id: string, _from, state) => reply(state.children.get(id)?.spec),
  },
  handleInfo(message, state: SupervisorState, self) {
    if (message instanceof ExitMessage && message.from !== undefined) {
      return heed(self, state.ended(message.from, message.reason));
    }
    if (message instanceof TryAgain) return heed(self, state.tryAgain(message.id));
    // OTP: an exit signal from nobody's child is passed over, anything else is worth a word.
    if (!(message instanceof ExitMessage)) reportUnhandled(self, message);
    return undefined;
  },
  codeChange(_oldVersion, state, extra, self) {
    const supervisor = state as SupervisorState;
    const source = (extra ?? supervisor.source) as SupervisorOptions | SupervisorInitFunction;
    return follow(initialise(self, source, checkSupervisorOptions), (init) => {
      if (init instanceof IgnoreResult) return supervisor;
      supervisor.adopt(init);
      supervisor.source = source;
      return supervisor;
    });
  },
  terminate: (_reason, state, self) => runFlow(self, state.stopAll(state.children.values())),
  describe: (state) => state.describe(),
});
