import type { Pid } from '../pid.ts';
import { processOf } from '../process/process.ts';
import { GenServerProgram } from './gen-server-program.ts';

/**
 * The state of a running server, read without asking it: for servers whose state is a table that all may look into, as an
 * ETS table of OTP is. Undefined if the process has ended, is no server, or has not finished its `init`.
 */
export function serverState(pid: Pid | undefined): unknown {
  const program = pid === undefined ? undefined : processOf(pid)?.program;
  return program instanceof GenServerProgram ? program.state : undefined;
}
