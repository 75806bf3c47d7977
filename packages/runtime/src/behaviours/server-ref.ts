import { checkOptions } from '../arguments.ts';
import { CallExitError, CallSelfError, NoProcessError, TimeoutError } from '../errors.ts';
import { type ExitReason, isSameReason } from '../exit-reason.ts';
import { type Address, checkAddress } from '../name.ts';
import type { Pid } from '../pid.ts';
import {
  CallMessage,
  type CallOptions,
  CastMessage,
  call,
  checkRequest,
  checkTimeout,
} from '../process/call.ts';
import type { Kernel } from '../process/kernel.ts';
import type { Process } from '../process/process.ts';
import { type Ended, EndWatch } from '../process/watch.ts';
import type {
  CallPayload,
  CallReply,
  CallsOf,
  CastPayload,
  CastsOf,
  PayloadArgument,
  Talkable,
} from './gen-server-module.ts';
import { NOBODY } from './system-message.ts';

/** How to stop a server. */
export interface StopOptions {
  /** The exit reason; `'normal'` unless said. */
  readonly reason?: ExitReason;
  /** How long to wait for the end, in ms; for ever unless said. The server stops all the same. */
  readonly timeout?: number | 'infinity';
}

/** A running server as its callers see it: knows which calls there are and what they are answered with. */
export class ServerRef<Server extends Talkable> {
  readonly pid: Pid;
  readonly #kernel: Kernel;

  /** Left to `GenServer`. */
  constructor(kernel: Kernel, pid: Pid) {
    this.#kernel = kernel;
    this.pid = pid;
  }

  /**
   * Sends a request and waits for the answer, 5,000 ms unless said. Rejects with `CallTimeoutError`, with
   * `CallExitError` when the server ends first (its `reason` says why), or with `NoProcessError`.
   */
  call<Request extends CallsOf<Server>>(
    request: Request,
    ...rest: [...PayloadArgument<CallPayload<Server, Request>>, options?: CallOptions]
  ): Promise<CallReply<Server, Request>> {
    const [payload, options] = rest as unknown as [unknown, CallOptions | undefined];
    const answer = call(this.#kernel, undefined, 'call', this.pid, request, payload, options);
    return answer as Promise<CallReply<Server, Request>>;
  }

  /** Sends a request that nobody waits for. Never fails, also when the server has ended. */
  cast<Request extends CastsOf<Server>>(
    request: Request,
    ...rest: PayloadArgument<CastPayload<Server, Request>>
  ): void {
    checkRequest(request);
    this.#kernel.find(this.pid)?.deliver(new CastMessage(request, rest[0]));
  }

  /** Stops the server; see `GenServer.stop`. */
  stop(options?: StopOptions): Promise<void> {
    return stopServer(this.#kernel, undefined, this.pid, options);
  }

  toString(): string {
    return this.pid.toString();
  }
}

/** Sends the stop behind the messages that wait already, and waits for the end. */
export async function stopServer(
  kernel: Kernel,
  owner: Process | undefined,
  server: Address,
  options: StopOptions = {},
): Promise<void> {
  checkOptions('a stop', options, ['reason', 'timeout']);
  const timeoutMs = checkTimeout(options.timeout ?? 'infinity');
  const reason = 'reason' in options ? options.reason : 'normal';
  const target = kernel.find(checkAddress(server));
  if (target === undefined) throw new NoProcessError(`there is no process ${String(server)} to stop`);
  if (target === (owner ?? kernel.current)) throw new CallSelfError(`the stop of ${String(server)}`);
  const ended = await new Promise<Ended>((resolve) => {
    // The dead stop nobody, and nobody is left to go on.
    if (owner !== undefined && !owner.alive) return;
    new EndWatch(owner, resolve).begin(target, timeoutMs);
    target.deliver(new CallMessage('system', NOBODY, 'terminate', reason));
  });
  if (!ended.ended) throw new TimeoutError(`${String(server)} has not stopped within ${timeoutMs} ms`);
  if (!isSameReason(ended.reason, reason))
    throw new CallExitError(`the stop of ${String(server)}`, ended.reason);
}
