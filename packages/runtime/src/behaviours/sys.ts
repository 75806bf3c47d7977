import type { Address } from '../name.ts';
import { type CallOptions, call } from '../process/call.ts';
import { type Host, resolveHost } from '../runtime.ts';
import { ReplaceFailed, type SystemRequests } from './system-message.ts';

function request<Name extends keyof SystemRequests>(
  host: Host,
  server: Address,
  name: Name,
  payload: SystemRequests[Name],
  options: CallOptions | undefined,
): Promise<unknown> {
  const { kernel, parent } = resolveHost(host);
  return call(kernel, parent, 'system', server, name, payload, options);
}

/**
 * Looks into running servers, between two of their messages. Works on every behaviour that is a GenServer at heart:
 * supervisors and connections too. OTP: the module `sys`. All calls fail as `GenServer.call` does.
 */
export const sys = {
  /** The server's state, itself and not a copy: look, do not touch. Also answered while suspended. */
  getState(host: Host, server: Address, options?: CallOptions): Promise<unknown> {
    return request(host, server, 'getState', undefined, options);
  },

  /** Replaces the state by what the function makes of it, and resolves to it. A function that throws changes nothing. */
  async replaceState(
    host: Host,
    server: Address,
    replace: (state: unknown) => unknown,
    options?: CallOptions,
  ): Promise<unknown> {
    const answer = await request(host, server, 'replaceState', replace, options);
    if (answer instanceof ReplaceFailed) throw answer.thrown;
    return answer;
  },

  /** Makes the server handle nothing but system messages until `resume`. Its mailbox fills meanwhile; twice is once. */
  async suspend(host: Host, server: Address, options?: CallOptions): Promise<void> {
    await request(host, server, 'suspend', undefined, options);
  },

  /** Lets a suspended server go on, with what has come meanwhile, in order. */
  async resume(host: Host, server: Address, options?: CallOptions): Promise<void> {
    await request(host, server, 'resume', undefined, options);
  },
};
