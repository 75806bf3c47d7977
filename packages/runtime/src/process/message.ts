import type { ExitReason } from '../exit-reason.ts';
import type { Name } from '../name.ts';
import type { Pid } from '../pid.ts';
import type { Ref } from '../ref.ts';

/**
 * A linked process has ended, or an exit signal was sent, and this process traps exits. OTP: `{'EXIT', From, Reason}`.
 */
export class ExitMessage {
  readonly type = 'exit';
  readonly from: Pid | undefined;
  readonly reason: ExitReason;

  /** `from` is undefined for a signal that was sent from outside any process. */
  constructor(from: Pid | undefined, reason: ExitReason) {
    this.from = from;
    this.reason = reason;
  }
}

/**
 * A monitored process has ended, or was never there (`'noproc'`). OTP: `{'DOWN', Ref, process, Object, Reason}`.
 * `process` is what was monitored: the pid, or the name if the monitor was set by name.
 */
export class DownMessage {
  readonly type = 'down';
  readonly ref: Ref;
  readonly process: Pid | Name;
  readonly reason: ExitReason;

  constructor(ref: Ref, process: Pid | Name, reason: ExitReason) {
    this.ref = ref;
    this.process = process;
    this.reason = reason;
  }
}

/** A timer of `startTimer` has run out. OTP: `{timeout, Ref, Message}`. */
export class TimeoutMessage {
  readonly type = 'timeout';
  readonly ref: Ref;
  readonly message: unknown;

  constructor(ref: Ref, message: unknown) {
    this.ref = ref;
    this.message = message;
  }
}
