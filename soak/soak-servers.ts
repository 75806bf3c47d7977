import {
  islandEvents,
  type ServerOptions,
  type SpanKind,
  ThousandIsland,
  tcp,
} from '@thousand-island/island';
import { type ExitReason, formatExitReason, type Runtime, Supervisor } from '@thousand-island/runtime';
import type { Told } from './messages.ts';
import { ACCEPTORS } from './operation-plan.ts';
import { ownConnections } from './own-connection.ts';
import { Boom, type Means, soakHandler } from './soak-handler.ts';
import type { ServerName } from './visit-plan.ts';

/** What a server is started with, and brought back to. */
export const AT_START = {
  acceptors: ACCEPTORS,
  backlog: 1_024,
  maxConnections: 'infinity',
  maxTotalConnections: 'infinity',
  whenFull: 'retry',
  maxConnectionsRetryCount: 20,
  maxConnectionsRetryWait: 20,
  readTimeout: 1_000,
  handshakeTimeout: 1_000,
  sendTimeout: 5_000,
  maxSendBuffer: 16 << 20,
  shutdownTimeout: 1_000,
} as const;

/** Killed as often as here, a server of which others depend would be given up. */
const INTENSITY = { intensity: 1_000, period: 1 };

/** The name of the supervisor above them all. */
export const SOAK = 'soak';

const KINDS: readonly SpanKind[] = ['listener', 'acceptor', 'connection'];

/** The name that a server is found by, also when it has been started again. */
export function nameOf(server: ServerName): string {
  return `soak-${server}`;
}

/** Starts one server for each transport, under a supervisor that starts them again; tells what happens in them. */
export async function startServers(
  runtime: Runtime,
  servers: readonly ServerName[],
  means: Means,
  tell: (told: Told) => void,
): Promise<void> {
  watchRuntime(runtime, tell);
  const children = servers.map((server) =>
    ThousandIsland.childSpec(optionsOf(server, means, tell), { id: server }),
  );
  await Supervisor.start(runtime, { strategy: 'oneForOne', ...INTENSITY, children }, { name: SOAK });
}

function optionsOf(server: ServerName, means: Means, tell: (told: Told) => void): ServerOptions<never> {
  const events = islandEvents();
  events.on('listener:start', ({ address }) =>
    tell({ kind: 'listening', server, at: server === 'unix' ? address.address : address.port }),
  );
  for (const of of KINDS) {
    events.on(`${of}:start`, ({ span }) =>
      tell({ kind: 'start', of, span: `${server} ${span} ${span.pid}` }),
    );
    events.on(`${of}:stop`, ({ span, error }) =>
      tell({ kind: 'stop', of, span: `${server} ${span} ${span.pid}`, why: endName(error) }),
    );
  }
  return {
    handler: server === 'own' ? ownConnections(means) : soakHandler(means),
    ...(server === 'unix' ? { path: means.path } : { host: '127.0.0.1', port: 0 }),
    proxyProtocol: 'optional',
    transport: server === 'tls' ? means.tls : tcp,
    name: nameOf(server),
    events,
    ...AT_START,
  };
}

/** Why something has ended, short enough to be counted. */
function endName(error: ExitReason | undefined): string {
  if (error === undefined) return 'in good order';
  if (error instanceof Boom) return 'handler failed';
  if (error instanceof Error) return 'code' in error ? String(error.code) : error.name;
  return typeof error === 'string' ? error : formatExitReason(error);
}

/** Whatever is killed, nobody of ours crashes, and no message goes astray. */
function watchRuntime(runtime: Runtime, tell: (told: Told) => void): void {
  runtime.events.on('process:crash', ({ label, reason }) => {
    // A process whose parent was killed says so on its way out.
    if (reason === 'killed' || isBoom(reason)) return;
    const stack = reason instanceof Error ? `\n${reason.stack}` : '';
    tell({
      kind: 'violation',
      text: `the process ${label} has crashed: ${formatExitReason(reason)}${stack}`,
    });
  });
  runtime.events.on('supervisor:progress', ({ id }) => {
    if (id !== undefined) tell({ kind: 'started' });
  });
  runtime.events.on('callback:failed', ({ error }) => {
    if (!isBoom(error as ExitReason))
      tell({ kind: 'violation', text: `a callback has failed: ${String(error)}` });
  });
  runtime.events.on('message:unhandled', ({ to, message }) =>
    tell({ kind: 'violation', text: `nobody handles what was sent to ${String(to)}: ${String(message)}` }),
  );
}

function isBoom(reason: ExitReason): boolean {
  if (reason instanceof Boom) return true;
  return (
    typeof reason === 'object' && reason !== null && 'shutdown' in reason && reason.shutdown instanceof Boom
  );
}
