import { styleText } from 'node:util';
import { Logger, type RunningServer } from '@thousand-island/island';
import { formatExitReason, inspect, Runtime, type TreeNode } from '@thousand-island/runtime';
import { ConnectionLog } from './connection-log.ts';
import { CrashLog } from './crash-log.ts';
import type { Environment } from './environment.ts';
import { Fleet, type FleetMember } from './fleet.ts';
import { LogLines } from './log-lines.ts';
import { Output } from './output.ts';
import { OWN_PACKAGES } from './packages.ts';
import { READY_HANDLERS, type ReadyName, type Servable } from './ready-handlers.ts';
import { exitCodeOf, StopSignals } from './stop-signals.ts';

/** Where each server of the demonstration would like to listen. */
export type DemonstrationPorts = Readonly<Record<ReadyName, number>>;

const PORTS: DemonstrationPorts = { echo: 4000, 'http-hello-world': 4001, daytime: 4002, messenger: 4003 };
const HOST = '127.0.0.1';
const SHUTDOWN_TIMEOUT_MS = 5_000;
/** How many ports beyond the wished ones are tried. */
const SPARE_PORTS = 100;

/** How to talk to each server, for somebody who sits at a terminal. */
const INVITATIONS: Readonly<Record<ReadyName, (port: number) => readonly string[]>> = {
  echo: (port) => [
    `nc ${HOST} ${port}                      and type: what you say comes back`,
    `printf hello | nc -q1 ${HOST} ${port}`,
  ],
  'http-hello-world': (port) => [`curl http://${HOST}:${port}/`],
  daytime: (port) => [`nc ${HOST} ${port}`],
  messenger: (port) => [
    `nc ${HOST} ${port}                      in two terminals: what one says, the other hears`,
  ],
};

/**
 * Starts the four ready servers under one supervisor, shows the tree and how to talk to them, tells of connections, and
 * drains when a signal comes. Answers the exit code; rejects if it cannot serve.
 */
export async function demonstrate(environment: Environment, ports = PORTS): Promise<number> {
  const stdout = new Output(environment.stdout);
  const style = styleFor(environment);
  const say = (line: string): void => void stdout.line(line);

  using signals = new StopSignals(environment);
  const runtime = new Runtime();
  const connections = new ConnectionLog(runtime, say);
  const log = new LogLines(new Output(environment.stderr));
  using logger = new Logger(log);
  logger.attach('error');
  const crashes = new CrashLog(runtime, log);
  const servers = new Map<ReadyName, RunningServer>();
  const fleet = await Fleet.start(
    OWN_PACKAGES,
    runtime,
    membersOf(ports),
    (id, server) => {
      servers.set(id as ReadyName, server);
      connections.watch(id, server);
      crashes.watch(server);
    },
    'demo',
  );

  say(`${style('bold', 'Thousand Island')}: four servers under one supervisor\n`);
  say(`${inspect.format(named(await inspect.tree(runtime, fleet.pid)))}\n`);
  for (const line of moved(ports, servers)) say(style('yellow', line));
  for (const [name, { port }] of servers) {
    const [first, ...others] = INVITATIONS[name](port);
    say(`  ${style('bold', name.padEnd(18))}${first}`);
    for (const other of others) say(`  ${''.padEnd(18)}${other}`);
  }
  say('\nConnections are told of here as they come (+) and go (-). Ctrl-C stops the servers.\n');

  const ended = fleet.ended.then((reason) => ({ gaveUp: reason }));
  const first = await Promise.race([signals.first, ended]);
  if (typeof first === 'object') {
    await stdout.line(`The servers have given up: ${formatExitReason(first.gaveUp)}`);
    return 1;
  }

  say('\nStopping. Once more, and it ends at once.');
  const last = await Promise.race([fleet.stop(), signals.second]);
  if (typeof last === 'string') {
    for (const pid of runtime.processes()) runtime.sendExit(pid, 'kill');
    return exitCodeOf(last);
  }
  await stdout.line(
    `Stopped. Connections that finished: ${last.finished}, that were forced: ${last.forced}.`,
  );
  return 0;
}

/** Each server prefers its own port, and when that is taken, one that no other server prefers. */
function membersOf(ports: DemonstrationPorts): FleetMember[] {
  const beyond = Math.max(...Object.values(ports)) + 1;
  const spare = Array.from({ length: SPARE_PORTS }, (_, index) => beyond + index).filter(
    (port) => port < 65_536,
  );
  return Object.entries(ports).map(([id, port]) => {
    const { companions = [], ...servable }: Servable = READY_HANDLERS[id as ReadyName];
    const options = { ...servable, host: HOST, shutdownTimeout: SHUTDOWN_TIMEOUT_MS };
    return { id, options, ports: [port, ...spare], companions };
  });
}

/** One line for each server that is not where it wanted to be. */
function moved(ports: DemonstrationPorts, servers: ReadonlyMap<ReadyName, RunningServer>): string[] {
  return [...servers].flatMap(([name, { port }]) => {
    const wished = ports[name];
    return wished === 0 || wished === port
      ? []
      : [`Port ${wished} is taken, so ${name} listens on port ${port}.`];
  });
}

/** Every server calls itself server; here they go by the ids that their supervisor knows them by. */
function named(tree: TreeNode): TreeNode {
  return { ...tree, children: tree.children.map((child) => ({ ...child, label: child.id })) };
}

type Style = (format: 'bold' | 'yellow', text: string) => string;

/** Colour for a terminal that has it, and whose user wants it. */
function styleFor({ stdout }: Environment): Style {
  return stdout.hasColors?.() === true
    ? (format, text) => styleText(format, text, { validateStream: false })
    : (_format, text) => text;
}
