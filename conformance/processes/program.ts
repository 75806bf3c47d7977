import type { Reason } from '../scenario.ts';

/** A process of the program, by its number, or a registered name. */
export type Target = number | string;

/** What a `receive` looks for: a message of somebody (with a tag), the exit of somebody, the end of a monitor. */
export type Pattern =
  | readonly ['msg', from: number]
  | readonly ['msg', from: number, tag: string]
  | readonly ['exit', from: number]
  | readonly ['down', monitor: number];

/** One thing that a process does. `../README.md` lists them. */
export type Op =
  | readonly ['spawn' | 'spawn_link', child: number, body: readonly Op[]]
  | readonly ['spawn_monitor', child: number, monitor: number, body: readonly Op[]]
  | readonly ['link' | 'unlink' | 'is_alive' | 'info', other: number]
  | readonly ['monitor', monitor: number, target: Target]
  | readonly ['demonitor', monitor: number, options: readonly ('flush' | 'info')[]]
  | readonly ['trap_exit', traps: boolean]
  | readonly ['exit' | 'raise' | 'throw', reason: Reason]
  | readonly ['signal', other: number, reason: Reason]
  | readonly ['send', to: Target, tag: string, count: number]
  | readonly ['register', name: string, other: number]
  | readonly ['unregister' | 'whereis', name: string]
  | readonly ['receive' | 'await', ...Pattern]
  | readonly ['flush'];

/** What one process does in a row; all that follows from it has happened before the next step. */
export type ProgramStep = readonly [actor: number, ops: readonly Op[]];

/** So many processes, and what they do. Children have the numbers that their spawns give them. */
export interface Program {
  readonly id: string;
  readonly processes: number;
  readonly steps: readonly ProgramStep[];
}
