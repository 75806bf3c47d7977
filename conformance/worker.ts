import {
  type Awaitable,
  defineServer,
  ExitMessage,
  ignore,
  ok,
  type Self,
  stop,
} from '@thousand-island/runtime';
import type { Outcome, Reason } from './scenario.ts';
import { Raised } from './term.ts';
import type { Pace } from './world.ts';

/** What a worker is to do with its life. */
export interface WorkerScript {
  readonly outcome: Outcome;
  readonly trap: boolean;
  readonly onStop: string;
  readonly pace: Pace;
  /** Told once `init` is going to succeed. */
  readonly onArrival: (self: Self) => void;
  /** Told when `terminate` begins. */
  readonly onTerminate: (reason: unknown) => void;
}

interface WorkerState {
  readonly script: WorkerScript;
  /** It ends of its own accord: what it does when it is told to stop is left out. */
  own: boolean;
}

function begin(script: WorkerScript, self: Self) {
  const { outcome } = script;
  const reason = outcome.slice(outcome.indexOf(':') + 1);
  if (outcome === 'ignore') return ignore();
  if (outcome.startsWith('error:')) return stop(reason);
  if (outcome.startsWith('exit:')) self.exit(reason);
  if (outcome.startsWith('raise:')) throw new Raised(reason);
  self.trapExit(script.trap);
  script.onArrival(self);
  return ok<WorkerState>({ script, own: false });
}

function end(reason: unknown, { script, own }: WorkerState, self: Self): Awaitable<void> {
  if (own) return undefined;
  if (script.onStop === 'hang' && reason === 'shutdown') return new Promise<void>(() => {});
  if (script.onStop.startsWith('exit:')) self.exit(script.onStop.slice('exit:'.length));
  return undefined;
}

function endOwn(state: WorkerState, reason: Reason) {
  state.own = true;
  return stop(reason);
}

/** Does it now, or after an await. */
function paced<Value>(pace: Pace, code: () => Awaitable<Value>): Awaitable<Value> {
  return pace === 'sync' ? code() : Promise.resolve().then(code);
}

/** The worker of every scenario: starts, stops, throws and hangs as it is told. */
export const worker = defineServer({
  name: 'worker',
  init: (script: WorkerScript, self) => paced(script.pace, () => begin(script, self)),
  handleCast: {
    stop: (reason: Reason, state) => paced(state.script.pace, () => endOwn(state, reason)),
    raise(reason: Reason, state) {
      state.own = true;
      throw new Raised(reason);
    },
    unlink(_: undefined, _state, self) {
      if (self.parent !== undefined) self.unlink(self.parent);
    },
  },
  handleInfo(message, state: WorkerState) {
    return message instanceof ExitMessage ? endOwn(state, message.reason as Reason) : undefined;
  },
  terminate(reason, state: WorkerState, self) {
    state.script.onTerminate(reason);
    return paced(state.script.pace, () => end(reason, state, self));
  },
});
