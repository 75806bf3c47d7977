import { BadArgumentError } from '../errors.ts';
import type { ExitReason } from '../exit-reason.ts';
import type { CallMessage } from '../process/call.ts';
import type { GenServerProgram } from './gen-server-program.ts';
import { KEEP, ReplyResult, StopResult } from './gen-server-result.ts';

/** What `sys` can ask of a server. Each is a message like any other, so it waits for those before it. */
export interface SystemRequests {
  getState: undefined;
  replaceState: (state: unknown) => unknown;
  suspend: undefined;
  resume: undefined;
  terminate: ExitReason;
}

/** A `replaceState` whose function threw: nothing was replaced. */
export class ReplaceFailed {
  readonly thrown: unknown;
  constructor(thrown: unknown) {
    this.thrown = thrown;
  }
}

/** Carries out a system message and answers with a result as a callback would. @internal */
export function handleSystemMessage(server: GenServerProgram, message: CallMessage): unknown {
  switch (message.request as keyof SystemRequests) {
    case 'getState':
      return new ReplyResult(server.state, KEEP, undefined);
    case 'replaceState':
      return replaceState(server, message.payload as SystemRequests['replaceState']);
    case 'suspend':
      server.suspended ??= [];
      return new ReplyResult(undefined, KEEP, undefined);
    case 'resume':
      return resume(server);
    case 'terminate':
      return new StopResult(message.payload as SystemRequests['terminate'], KEEP, undefined);
    default:
      return new ReplyResult(
        new BadArgumentError(`there is no system request ${message.request}`),
        KEEP,
        undefined,
      );
  }
}

function replaceState(server: GenServerProgram, replace: (state: unknown) => unknown): unknown {
  try {
    const state = replace(server.state);
    return new ReplyResult(state, state, undefined);
  } catch (thrown) {
    return new ReplyResult(new ReplaceFailed(thrown), KEEP, undefined);
  }
}

/** What has come meanwhile is handled first, in its order. */
function resume(server: GenServerProgram): unknown {
  const waiting = server.suspended;
  server.suspended = undefined;
  if (waiting !== undefined) server.process.mailbox.unshift(waiting);
  return new ReplyResult(undefined, KEEP, undefined);
}
