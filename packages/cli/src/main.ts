import { inspect } from 'node:util';
import type { ListenFailedError } from '@thousand-island/island';
import { parseCommandLine } from './command-line.ts';
import type { Environment } from './environment.ts';
import { ModuleFailedError } from './handler-module.ts';
import { HELP } from './help.ts';
import { isBadCertificate, isBadOption, isListenFailure } from './island-errors.ts';
import { Output } from './output.ts';
import { serve } from './serve.ts';
import { certificateMessage } from './tls-flags.ts';
import { UsageError } from './usage-error.ts';

/**
 * The command `island`, with the arguments after its name. Answers the exit code: 0 if all went as told, 1 if it could
 * not, 2 if it was called in a wrong way. Never rejects.
 */
export async function main(args: readonly string[], environment: Environment): Promise<number> {
  try {
    return await run(args, environment);
  } catch (error) {
    const stderr = new Output(environment.stderr);
    if (error instanceof ModuleFailedError && isUnplaced(error.cause)) {
      await stderr.line(`island: ${error.message}:`);
      await environment.throwUncaught(error.cause);
    }
    const { text, code } = explain(error);
    await stderr.line(`island: ${text}`);
    return code;
  }
}

async function run(args: readonly string[], environment: Environment): Promise<number> {
  const command = parseCommandLine(args);
  const stdout = new Output(environment.stdout);
  switch (command.kind) {
    case 'help':
      await stdout.line(HELP);
      return 0;
    case 'version':
      await stdout.line(environment.version);
      return 0;
    case 'serve':
      return serve(command, environment);
    default:
      return command satisfies never;
  }
}

/** What the user is told, and the exit code. */
function explain(error: unknown): { readonly text: string; readonly code: number } {
  if (error instanceof UsageError) return { text: `${error.message}\n'island --help' tells more`, code: 2 };
  if (isBadOption(error)) return { text: error.message, code: 2 };
  if (isBadCertificate(error)) return { text: certificateMessage(error), code: 1 };
  if (isListenFailure(error)) return { text: explainListenFailure(error), code: 1 };
  if (error instanceof ModuleFailedError)
    return { text: `${error.message}: ${stackOf(error.cause)}`, code: 1 };
  return { text: stackOf(error), code: 1 };
}

function explainListenFailure({ reason, where, message }: ListenFailedError): string {
  const isPort = !where.startsWith('unix:');
  if (reason === 'EADDRINUSE') {
    const other = isPort ? 'another port, or --port 0 for any that is free' : 'another path';
    return `${message}\nsomebody else listens there: choose ${other}`;
  }
  if (reason !== 'EACCES') return message;
  return `${message}\nyou are not allowed to${isPort ? ': ports below 1024 are often reserved' : ''}`;
}

/**
 * Whether Node itself has not understood the text of a module, and the error does not name it: where that was, Node tells only when
 * it prints the error.
 */
function isUnplaced(cause: unknown): cause is SyntaxError {
  if (!(cause instanceof SyntaxError)) return false;
  const { stack = '' } = cause;
  const firstFrame = stack.split('\n').find((line) => /^\s+at /.test(line)) ?? '';
  return stack.startsWith('SyntaxError') && firstFrame.includes('(node:internal/');
}

/** With its stack, and with what has caused it. */
function stackOf(error: unknown): string {
  return inspect(error);
}
