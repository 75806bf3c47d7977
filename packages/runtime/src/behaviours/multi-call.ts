import { BadArgumentError } from '../errors.ts';
import type { Address } from '../name.ts';
import { type CallOptions, call, checkCallOptions, checkRequest } from '../process/call.ts';
import type { Kernel } from '../process/kernel.ts';
import type { Process } from '../process/process.ts';

/** What one server of a multi-call has come to. `error` is what a call to it alone would have rejected with. */
export type MultiCallOutcome =
  | { readonly kind: 'reply'; readonly server: Address; readonly reply: unknown }
  | { readonly kind: 'error'; readonly server: Address; readonly error: unknown };

/** Sends all calls in one step, so that one timeout is over for all at once. OTP: `gen_server:multi_call/4`. */
export async function multiCall(
  kernel: Kernel,
  owner: Process | undefined,
  servers: Iterable<Address>,
  request: string,
  payload: unknown,
  options: CallOptions | undefined,
): Promise<readonly MultiCallOutcome[]> {
  if (typeof servers !== 'object' || typeof servers?.[Symbol.iterator] !== 'function')
    throw BadArgumentError.of('servers', 'a list of addresses', servers);
  // Before the first is sent: what cannot be meant is a mistake of the caller and no server's.
  checkRequest(request);
  if (options !== undefined) checkCallOptions(options);
  const outcomes = Array.from(servers, (server) => {
    return call(kernel, owner, 'call', server, request, payload, options).then(
      (reply): MultiCallOutcome => ({ kind: 'reply', server, reply }),
      (error): MultiCallOutcome => ({ kind: 'error', server, error }),
    );
  });
  return Promise.all(outcomes);
}
