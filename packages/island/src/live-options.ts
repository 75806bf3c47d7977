import { BadOptionError, ServerRunningError } from './errors.ts';
import { type ServerConfig, serverConfig } from './server-config.ts';
import type { ServerOptions } from './server-options.ts';

/** What can be changed while a server lives: it holds for connections that start from then on. */
const AT_ONCE = [
  'handlerOptions',
  'maxConnections',
  'maxTotalConnections',
  'whenFull',
  'alarms',
  'maxConnectionsRetryCount',
  'maxConnectionsRetryWait',
  'readTimeout',
  'handshakeTimeout',
  'sendTimeout',
  'maxSendBuffer',
  'keepAlive',
  'proxyProtocol',
  'shutdownTimeout',
  'drainDelay',
  'drainWindow',
  'silentTerminateOnError',
] as const;

/** What can be changed while a server is suspended: it takes effect when it is resumed. */
const SUSPENDED = ['acceptors', 'backlog', 'noDelay'] as const;

/** What of a server's options can be changed while it lives. */
export type LiveOptions = Pick<ServerOptions, (typeof AT_ONCE)[number] | (typeof SUSPENDED)[number]>;

/**
 * The configuration with some options changed. Throws `BadOptionError` for one that is wrong or cannot be changed, and
 * `ServerRunningError` for one that only a suspended server can change. Then nothing is changed. Pure.
 */
export function changedConfig(
  current: ServerConfig,
  changes: LiveOptions,
  isSuspended: boolean,
): ServerConfig {
  if (typeof changes !== 'object' || changes === null)
    throw BadOptionError.of('options', 'an object', changes);
  const said = Object.entries(changes).filter(([, value]) => value !== undefined);
  const atOnce: readonly string[] = AT_ONCE;
  const suspended: readonly string[] = SUSPENDED;
  for (const [option] of said) {
    if (atOnce.includes(option)) continue;
    if (!suspended.includes(option)) {
      const changeable = [...AT_ONCE, ...SUSPENDED].join(', ');
      throw new BadOptionError(
        option,
        `the option ${option} cannot be changed; those that can are ${changeable}`,
      );
    }
    if (!isSuspended)
      throw new ServerRunningError(`the option ${option} can be changed only while the server is suspended`);
  }
  const checked = serverConfig({ ...Object.fromEntries(said), handler: current.handler });
  const changed = said.map(([option]) => [option, Reflect.get(checked, option)]);
  const next: ServerConfig = { ...current, ...Object.fromEntries(changed) };
  if (next.acceptors >= next.listenSockets) return next;
  throw BadOptionError.of('acceptors', `at least listenSockets, ${next.listenSockets}`, next.acceptors);
}
