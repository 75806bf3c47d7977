import { BadReturnError, NoCatchError, UndefinedCallbackError } from '../errors.ts';
import { type ExitReason, isError } from '../exit-reason.ts';
import { isInstance } from '../instance.ts';
import { answer, CallMessage, CastMessage, type From } from '../process/call.ts';
import { endProcess } from '../process/exit.ts';
import { ExitMessage } from '../process/message.ts';
import { ExitThrow, type Process, reasonOfThrow } from '../process/process.ts';
import type { CrashContext, ProgramDescription } from '../process/program.ts';
import type { Self } from '../process/self.ts';
import { INIT_OK, type InitOutcome, type Startable } from '../process/start.ts';
import { isThenable } from '../process/thenable.ts';
import { callbackName } from './callback-name.ts';
import { changeCode } from './code-change.ts';
import { Continue } from './continue.ts';
import type { ServerView } from './gen-server-module.ts';
import {
  type After,
  IgnoreResult,
  isResult,
  KEEP,
  NoReplyResult,
  OkResult,
  ReplyResult,
  StopResult,
  thrownResult,
} from './gen-server-result.ts';
import { IdleTimeout, plain } from './idle-timeout.ts';
import type { LooseModule } from './loose-module.ts';
import type { Special } from './special.ts';
import { Debug, type DebugOptions } from './sys-debug.ts';
import type { SystemEvent } from './sys-event.ts';
import { type CodeChange, handleSystemMessage } from './system-message.ts';

/** Ends a server that is stopping, with this reason, unless it has ended. */
type Finish = (reason: ExitReason) => void;

/**
 * The loop of a GenServer: one message, one callback, one result. OTP: `gen_server:loop`.
 *
 * A callback that returns no promise is done with when `handle` returns. One that does keeps the process busy, and what it
 * comes to is thrown away if the process has ended meanwhile. Its methods are private for the compiler alone: JavaScript's private
 * methods are a word more in each object.
 */
export class GenServerProgram implements Startable {
  readonly behaviour: string;
  readonly self: Self;
  module: LooseModule;
  /** What `init` is given, until there is a state. */
  state: unknown;
  #message: unknown = undefined;
  /** Before `init` is done; between the callbacks; or how the server ends, once `terminate` runs and nothing else counts. */
  #phase: 'starting' | 'ready' | Finish = 'starting';
  #special: Special | undefined = undefined;

  constructor(self: Self, module: LooseModule, argument: unknown, behaviour: string) {
    this.self = self;
    this.module = module;
    this.behaviour = behaviour;
    this.state = argument;
  }

  get process(): Process {
    return this.self.process;
  }

  /** The messages that wait for `resume`; undefined while the server is not suspended. */
  get suspended(): unknown[] | undefined {
    return this.#special?.suspended;
  }

  set suspended(messages: unknown[] | undefined) {
    this.ownSpecial().suspended = messages;
  }

  /** Who looks on, by way of `sys`; undefined while nobody does. */
  get debug(): Debug | undefined {
    return this.#special?.debug;
  }

  set debug(debug: Debug | undefined) {
    this.ownSpecial().debug = debug;
  }

  private ownSpecial(): Special {
    this.#special ??= { suspended: undefined, debug: undefined, idle: undefined };
    return this.#special;
  }

  initialCall(): string {
    return `${this.module.name ?? this.behaviour}.init`;
  }

  /** Has the server looked at from its first message on. */
  setDebug(options: DebugOptions): void {
    const debug = new Debug(this.process);
    debug.set(options);
    if (!debug.isIdle) this.debug = debug;
  }

  init(): InitOutcome | PromiseLike<InitOutcome> {
    try {
      const result = this.module.init(this.state, this.self);
      return isThenable(result) ? this.initLater(result) : this.afterInit(result);
    } catch (thrown) {
      return this.afterInit(thrownResult(thrown));
    }
  }

  private initLater(result: PromiseLike<unknown>): PromiseLike<InitOutcome> {
    return result.then(
      (settled) => this.afterInit(settled),
      (thrown) => this.afterInit(thrownResult(thrown)),
    );
  }

  /** Goes on from a state that was come to elsewhere. */
  begin(result: OkResult<unknown>): void {
    this.afterInit(result);
  }

  private afterInit(result: unknown): InitOutcome {
    this.#phase = 'ready';
    if (result instanceof IgnoreResult) return { kind: 'ignore' };
    if (result instanceof StopResult) return { kind: 'stop', reason: result.reason };
    if (result instanceof ReplyResult || result instanceof NoReplyResult) {
      return { kind: 'stop', reason: new BadReturnError('init', result) };
    }
    if (!(result instanceof OkResult)) {
      this.state = result;
      return INIT_OK;
    }
    this.state = result.state;
    const { after } = result;
    if (after === undefined) return INIT_OK;
    if ('continue' in after) this.process.putNext(new Continue(after.continue));
    else if (after.timeout !== undefined) this.armIdle(after.timeout);
    return INIT_OK;
  }

  handle(message: unknown): PromiseLike<unknown> | undefined {
    // Nothing is handled before `init` is done, nor from the moment `terminate` runs.
    if (this.#phase !== 'ready') return undefined;
    const special = this.#special;
    if (special !== undefined && !this.isDue(message, special)) return undefined;
    // An error that is contained comes when it likes; any other while the message is at hand, which is kept then: to put
    // each into an old object would cost a third of what a cast does.
    if (special !== undefined || this.process.kernel.contained) this.#message = message;
    if (special?.debug !== undefined) this.note({ kind: 'in', message: plain(message) });
    let result: unknown;
    try {
      result = this.dispatch(message);
    } catch (thrown) {
      this.#message = message;
      if (!isResult(thrown)) return this.crash(thrown);
      result = thrown;
    }
    if (result === undefined) return this.keep();
    if (result instanceof ReplyResult && message instanceof CallMessage)
      return this.reply(result, message.from);
    this.#message = message;
    return isThenable(result) ? result : this.apply(result);
  }

  settled(result: unknown): PromiseLike<unknown> | undefined {
    return this.apply(result);
  }

  rejected(thrown: unknown): PromiseLike<unknown> | undefined {
    return isResult(thrown) ? this.apply(thrown) : this.crash(thrown);
  }

  /** Ends the server: `terminate`, then the answer that is due, then the exit. */
  stop(reason: ExitReason, from?: From, reply?: readonly [unknown]): PromiseLike<unknown> | undefined {
    const finish = (final: ExitReason): void => {
      if (from !== undefined && reply !== undefined) {
        answer(from, reply[0]);
        if (this.debug !== undefined) this.noteReply(reply[0], from);
      }
      endProcess(this.process, final, true);
    };
    this.#phase = finish;
    // What a suspended server has not looked at is there for `terminate`, as it is in OTP, where it has never left the mailbox.
    const { suspended } = this;
    if (suspended !== undefined) {
      this.suspended = undefined;
      this.process.putFirst(suspended);
    }
    try {
      const pending = this.module.terminate?.(reason, this.state, this.self);
      if (isThenable(pending)) {
        return pending.then(
          () => finish(reason),
          (thrown) => finish(this.reasonAfter(thrown, reason)),
        );
      }
    } catch (thrown) {
      finish(this.reasonAfter(thrown, reason));
      return undefined;
    }
    finish(reason);
    return undefined;
  }

  // OTP: an error or an exit of `terminate` replaces the reason; a value that is thrown counts as returned, and so for nothing.
  private reasonAfter(thrown: unknown, reason: ExitReason): ExitReason {
    if (isInstance(thrown, ExitThrow) || isError(thrown)) return reasonOfThrow(thrown);
    if (!isResult(thrown))
      this.process.kernel.events.publish('callback:failed', { error: new NoCatchError(thrown) });
    return reason;
  }

  crashContext(reason: ExitReason): CrashContext {
    const state = this.#phase === 'starting' ? undefined : this.state;
    const seen = this.seenAs({ state, message: this.#message, reason });
    return { lastMessage: seen.message, state: seen.state, reason: 'reason' in seen ? seen.reason : reason };
  }

  visibleState(): unknown {
    return this.seenAs({ state: this.state }).state;
  }

  private seenAs(status: ServerView): ServerView {
    return this.module.formatStatus === undefined ? status : this.module.formatStatus(status);
  }

  describe(): ProgramDescription {
    const { name } = this.module;
    return {
      ...(name === undefined ? {} : { module: name }),
      suspended: this.suspended !== undefined,
      ...(this.#phase === 'starting' ? {} : this.module.describe?.(this.state)),
    };
  }

  changeCode(change: CodeChange): Promise<unknown> {
    return changeCode(this, change);
  }

  /** Whether a message is to be handled now, by a server that is suspended, waits for a timeout, or did so once. */
  private isDue(message: unknown, special: Special): boolean {
    const { suspended, idle } = special;
    if (suspended !== undefined && !this.isUrgent(message)) {
      suspended.push(message);
      return false;
    }
    return (idle === undefined && !(message instanceof IdleTimeout)) || this.takeIdle(message, special);
  }

  /** What a suspended server still listens to: system messages, and the end of its parent. */
  private isUrgent(message: unknown): boolean {
    return (message instanceof CallMessage && message.type === 'system') || this.isParentExit(message);
  }

  // OTP: a server that traps exits ends with its parent and never sees that exit itself.
  private isParentExit(message: unknown): message is ExitMessage {
    return (
      message instanceof ExitMessage && message.from !== undefined && message.from === this.process.loopParent
    );
  }

  private dispatch(message: unknown): unknown {
    const { module, state, self } = this;
    if (message instanceof CallMessage) {
      if (message.type === 'system') {
        this.#message = message;
        return handleSystemMessage(this, message);
      }
      const handler = module.handleCall?.[message.request];
      if (handler === undefined) throw this.undefinedCallback(`handleCall.${message.request}`);
      return handler.call(module.handleCall, message.payload, message.from, state, self);
    }
    if (message instanceof CastMessage) {
      const table = module.handleCast;
      if (table?.[message.request] === undefined)
        throw this.undefinedCallback(`handleCast.${message.request}`);
      // As a member, not by `call`, which V8 does not inline: a fifth of a cast. Calls take longer that way.
      return table[message.request]?.(message.payload, state, self);
    }
    if (message instanceof Continue) return this.callContinue(message.argument);
    if (this.isParentExit(message)) return new StopResult(message.reason, KEEP, undefined);
    if (module.handleInfo === undefined) return self.reportUnhandled(message);
    return module.handleInfo(plain(message), state, self);
  }

  private callContinue(argument: unknown): unknown {
    if (this.module.handleContinue === undefined) throw this.undefinedCallback('handleContinue');
    return this.module.handleContinue(argument, this.state, this.self);
  }

  private undefinedCallback(callback: string): UndefinedCallbackError {
    return new UndefinedCallbackError(`${this.module.name ?? 'the server'} has no ${callback}`);
  }

  /** Who waits for the answer to what is being handled. */
  private caller(): From | undefined {
    return this.#message instanceof CallMessage ? this.#message.from : undefined;
  }

  private reply(result: ReplyResult<unknown, unknown>, from: From): PromiseLike<unknown> | undefined {
    if (!this.process.alive) return undefined;
    if (result.state !== KEEP) this.state = result.state;
    answer(from, result.reply);
    if (this.debug !== undefined) this.noteReply(result.reply, from);
    return result.after === undefined ? undefined : this.goOn(result.after);
  }

  private apply(result: unknown): PromiseLike<unknown> | undefined {
    if (this.#phase !== 'ready' || !this.process.alive) return undefined;
    if (result === undefined) return this.keep();
    const from = this.caller();
    if (result instanceof ReplyResult && from !== undefined) return this.reply(result, from);
    if (result instanceof NoReplyResult) {
      if (result.state !== KEEP) this.state = result.state;
      this.keep();
      return result.after === undefined ? undefined : this.goOn(result.after);
    }
    if (result instanceof StopResult) {
      if (result.state !== KEEP) this.state = result.state;
      return this.stop(result.reason, from, result.reply);
    }
    return this.stop(new BadReturnError(callbackName(this.#message, from), result));
  }

  /** A callback has gone on without an answer. */
  private keep(): undefined {
    if (this.debug !== undefined) this.note({ kind: 'noReply', state: this.state });
  }

  private noteReply(message: unknown, to: From): void {
    this.note({ kind: 'out', message, to, state: this.state });
  }

  /** Tells who looks on; what `sys` itself asks and is answered is none of its business. */
  private note(event: SystemEvent): void {
    const message = this.#message;
    const own = message instanceof CallMessage && message.type === 'system';
    if (!own && !(event.kind === 'in' && message instanceof Continue)) this.debug?.note(event);
  }

  /**
   * What the callback asked for besides: an idle timeout, or to go on at once, from one `continue` to the next, in a loop as long
   * as the turn lasts, and then by a message before all others, since a server may do so for ever. Answers what is waited for.
   */
  private goOn(after: After): PromiseLike<unknown> | undefined {
    let next: After | undefined = after;
    while (next !== undefined && 'continue' in next) {
      if (this.process.kernel.scheduler.isTurnOver())
        return void this.process.putNext(new Continue(next.continue));
      this.#message = new Continue(next.continue);
      let result: unknown;
      try {
        result = this.callContinue(next.continue);
      } catch (thrown) {
        if (!isResult(thrown)) return this.crash(thrown);
        result = thrown;
      }
      if (isThenable(result)) return result;
      if (!(result instanceof NoReplyResult) || !this.process.alive) return this.apply(result);
      if (result.state !== KEEP) this.state = result.state;
      this.keep();
      next = result.after;
    }
    if (next?.timeout !== undefined) this.armIdle(next.timeout);
    return undefined;
  }

  private armIdle(timeoutMs: number): void {
    const idle = IdleTimeout.arm(this.process, timeoutMs);
    if (idle !== undefined) this.ownSpecial().idle = idle;
  }

  /** A message has come while an idle timeout was pending. Answers whether it is to be handled. */
  private takeIdle(message: unknown, special: Special): boolean {
    const { idle } = special;
    if (message instanceof IdleTimeout && message !== idle) return false;
    special.idle = undefined;
    idle?.takeBack();
    // OTP: a system message leaves the timeout in force, from the start.
    if (message instanceof CallMessage && message.type === 'system' && idle !== undefined)
      this.armIdle(idle.delayMs);
    return true;
  }

  /**
   * Ends the server because its code has thrown, in a callback or anywhere else. While it stops, what was begun by its
   * `terminate` has failed, and that is not waited for any more: its reason is the new one, as if it had thrown itself.
   */
  crash(thrown: unknown): PromiseLike<unknown> | undefined {
    if (!this.process.alive) return undefined;
    const phase = this.#phase;
    if (typeof phase === 'function') {
      phase(reasonOfThrow(thrown));
      return undefined;
    }
    if (phase === 'ready') return this.stop(reasonOfThrow(thrown));
    // Still in `init`: the start fails, and there is no state to terminate with.
    this.process.fail(thrown);
    return undefined;
  }
}
