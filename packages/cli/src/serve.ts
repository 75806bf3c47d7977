import { formatAddress, type RunningServer, type SocketAddress } from '@thousand-island/island';
import { formatExitReason } from '@thousand-island/runtime';
import { CertificateReload } from './certificate-reload.ts';
import type { ServeCommand } from './command-line.ts';
import { CrashLog } from './crash-log.ts';
import type { Environment } from './environment.ts';
import { Fleet } from './fleet.ts';
import { findHandler } from './handler-module.ts';
import { LogLines } from './log-lines.ts';
import { Output } from './output.ts';
import { exitCodeOf, StopSignals } from './stop-signals.ts';
import { tlsTransport } from './tls-flags.ts';

/** Serves until a signal comes, then drains. Answers the exit code; rejects if it cannot serve. */
export async function serve(command: ServeCommand, environment: Environment): Promise<number> {
  const { reference, port, json, log: level, options } = command;
  const stdout = new Output(environment.stdout);
  const stderr = new Output(environment.stderr);
  const { servable, packages } = await findHandler(reference, environment);
  const { companions = [], ...served } = servable;
  const transport =
    command.tls === undefined ? undefined : tlsTransport(packages, command.tls, environment.cwd);

  using signals = new StopSignals(environment);
  using _reload =
    transport === undefined
      ? undefined
      : new CertificateReload(transport, environment, { stdout, stderr, json });
  const runtime = new packages.Runtime();
  const log = new LogLines(stderr);
  // Of every server there is: the handler may have started some of its own.
  using logger = new packages.Logger(log);
  logger.attach(level);
  const crashes = new CrashLog(runtime, log);
  let server: RunningServer | undefined;
  const member = {
    id: 'server',
    options: { ...options, ...(transport === undefined ? {} : { transport }), ...served },
    ports: [port],
    companions,
  };
  const fleet = await Fleet.start(packages, runtime, [member], (_id, started) => {
    server = started;
    crashes.watch(started);
  });

  const at = (server as RunningServer | undefined)?.address ?? { address: '', port, family: '' };
  await stdout.line(
    json
      ? JSON.stringify({ event: 'listening', ...place(at) })
      : `${reference} listens on ${formatAddress(at)}`,
  );

  const ended = fleet.ended.then((reason) => ({ gaveUp: reason }));
  const first = await Promise.race([signals.first, ended]);
  if (typeof first === 'object') {
    await stderr.line(`island: the server has given up: ${formatExitReason(first.gaveUp)}`);
    return 1;
  }

  const last = await Promise.race([fleet.stop(), signals.second]);
  if (typeof last === 'string') {
    for (const pid of runtime.processes()) runtime.sendExit(pid, 'kill');
    return exitCodeOf(last);
  }
  const { finished, forced } = last;
  await stdout.line(
    json
      ? JSON.stringify({ event: 'stopped', finished, forced })
      : `stopped; connections that finished: ${finished}, that were forced: ${forced}`,
  );
  return 0;
}

function place({ address, port, family }: SocketAddress): object {
  return family === 'Unix' ? { path: address } : { address, port };
}
