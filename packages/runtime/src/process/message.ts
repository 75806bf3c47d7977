import type { ExitReason } from '../exit-reason.ts';
import type { Address, Name } from '../name.ts';
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
  readonly process: Address;
  readonly reason: ExitReason;

  constructor(ref: Ref, process: Address, reason: ExitReason) {
    this.ref = ref;
    this.process = process;
    this.reason = reason;
  }
}

/**
 * As a `DownMessage`, for a monitor that was given a tag: code that looks for a `DownMessage` does not take it for one.
 * OTP: `{Tag, Ref, process, Object, Reason}`.
 */
export class TaggedDownMessage {
  readonly type = 'taggedDown';
  readonly tag: unknown;
  readonly ref: Ref;
  readonly process: Address;
  readonly reason: ExitReason;

  constructor(tag: unknown, ref: Ref, process: Address, reason: ExitReason) {
    this.tag = tag;
    this.ref = ref;
    this.process = process;
    this.reason = reason;
  }
}

/** Somebody has joined or left a group that this process monitors. OTP: `{Ref, join | leave, Group, Pids}`. */
export class GroupMessage {
  readonly type: 'join' | 'leave';
  readonly ref: Ref;
  readonly group: Name;
  readonly pids: readonly Pid[];

  constructor(type: 'join' | 'leave', ref: Ref, group: Name, pids: readonly Pid[]) {
    this.type = type;
    this.ref = ref;
    this.group = group;
    this.pids = pids;
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

/** What was left of a timer that was taken back with `async`: ms, or false. OTP: `{cancel_timer, Ref, Result}`. */
export class CancelTimerMessage {
  readonly type = 'cancelTimer';
  readonly ref: Ref;
  readonly left: number | false;

  constructor(ref: Ref, left: number | false) {
    this.ref = ref;
    this.left = left;
  }
}

/** What is left of a timer that was read with `async`: ms, or false. OTP: `{read_timer, Ref, Result}`. */
export class ReadTimerMessage {
  readonly type = 'readTimer';
  readonly ref: Ref;
  readonly left: number | false;

  constructor(ref: Ref, left: number | false) {
    this.ref = ref;
    this.left = left;
  }
}
