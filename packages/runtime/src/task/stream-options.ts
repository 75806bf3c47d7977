import { availableParallelism } from 'node:os';
import { checkOptions } from '../arguments.ts';
import { BadArgumentError } from '../errors.ts';
import { checkTimeout } from '../process/call.ts';

/** How a stream of tasks works. */
export interface TaskStreamOptions {
  /** How many tasks may run at once; as many as the machine has processors unless said. */
  readonly maxConcurrency?: number;
  /** Whether results come in the order of the input, which may keep them waiting for an earlier one; `true` unless said. */
  readonly ordered?: boolean;
  /** How long each task may take, in ms; 5,000 unless said. */
  readonly timeout?: number | 'infinity';
  /**
   * What a task that takes longer costs: the stream, which rejects with `TimeoutError` (`'exit'`, unless said), or itself,
   * with the reason `'timeout'` (`'killTask'`).
   */
  readonly onTimeout?: 'exit' | 'killTask';
  /** Whether the result of a task that has failed carries its element as `input`. */
  readonly zipInputOnExit?: boolean;
}

/** The options, checked and complete. */
export interface StreamPlan {
  readonly maxConcurrency: number;
  readonly ordered: boolean;
  readonly timeoutMs: number;
  readonly killsLate: boolean;
  readonly zipsInput: boolean;
}

const KEYS = ['maxConcurrency', 'ordered', 'timeout', 'onTimeout', 'zipInputOnExit'];

/** Checks the options and fills in their defaults; the error names the option and what is allowed. */
export function checkStreamOptions(options: TaskStreamOptions): StreamPlan {
  checkOptions('a task stream', options, KEYS);
  const {
    maxConcurrency = availableParallelism(),
    ordered = true,
    timeout = 5_000,
    onTimeout = 'exit',
    zipInputOnExit = false,
  } = options;
  if (!Number.isInteger(maxConcurrency) || maxConcurrency < 1) {
    throw BadArgumentError.of('maxConcurrency', 'a whole number >= 1', maxConcurrency);
  }
  if (typeof ordered !== 'boolean') throw BadArgumentError.of('ordered', 'a boolean', ordered);
  if (typeof zipInputOnExit !== 'boolean')
    throw BadArgumentError.of('zipInputOnExit', 'a boolean', zipInputOnExit);
  if (onTimeout !== 'exit' && onTimeout !== 'killTask') {
    throw BadArgumentError.of('onTimeout', "'exit' or 'killTask'", onTimeout);
  }
  const timeoutMs = checkTimeout(timeout);
  return {
    maxConcurrency,
    ordered,
    timeoutMs,
    killsLate: onTimeout === 'killTask',
    zipsInput: zipInputOnExit,
  };
}
