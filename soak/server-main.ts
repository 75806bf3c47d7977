/** The process that the servers of a soak run in, so that what is measured is theirs alone. @module */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ThousandIsland, type TlsTransport, tls } from '@thousand-island/island';
import { Runtime, Supervisor } from '@thousand-island/runtime';
import { generate } from 'selfsigned';
import { measure } from './measure.ts';
import type { Answer, Asked, Request, Told } from './messages.ts';
import { operate, restore } from './operate.ts';
import { pattern } from './pattern.ts';
import { nameOf, SOAK, startServers } from './soak-servers.ts';
import { FILE_BYTES, type ServerName } from './visit-plan.ts';

const runtime = new Runtime();
const folder = mkdtempSync(join(tmpdir(), 'island-soak-'));
const file = join(folder, 'pattern');
writeFileSync(file, Buffer.concat([...pattern(0, FILE_BYTES)]));

const transport = secureTransport();
let servers: readonly ServerName[] = [];

/** TLS with a certificate of its own making. */
async function secureTransport(): Promise<TlsTransport> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'soak' }], { keyType: 'ec' });
  return tls({ cert, key });
}

const onViolation = (text: string): void => tell({ kind: 'violation', text });

function tell(told: Told): void {
  if (process.connected) process.send?.(told);
}

async function answer(request: Request): Promise<Answer> {
  switch (request.kind) {
    case 'start':
      servers = request.servers;
      await startServers(
        runtime,
        servers,
        { onViolation, file, path: join(folder, 'sock'), tls: await transport },
        tell,
      );
      return { kind: 'done' };
    case 'operate':
      return operate(runtime, await transport, request.operation);
    case 'restore': {
      const answers = await Promise.all(servers.map((server) => restore(runtime, server)));
      return answers.find(({ kind }) => kind !== 'done') ?? { kind: 'done' };
    }
    case 'measure': {
      const infos = servers.map(async (server) => (await ThousandIsland.ref(runtime, nameOf(server))).info());
      const connections = (await Promise.all(infos)).reduce((sum, info) => sum + info.allConnections, 0);
      return { kind: 'levels', levels: await measure(runtime, connections) };
    }
    case 'stop':
      await Supervisor.stop(runtime, SOAK);
      if (runtime.processCount > 0)
        return { kind: 'failed', why: `${runtime.processCount} processes are left after the stop` };
      return { kind: 'done' };
    default:
      return request satisfies never;
  }
}

process.on('message', ({ id, request }: Asked) => {
  answer(request).then(
    (given) => tell({ kind: 'answer', id, answer: given }),
    (error: Error) => tell({ kind: 'answer', id, answer: { kind: 'failed', why: String(error.stack) } }),
  );
});
// A file that nobody closed, closed by the garbage collector; too many listeners.
process.on('warning', (warning) => onViolation(`Node.js warns: ${warning.message}`));
process.on('disconnect', () => process.exit());
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
