import { type Handler, IslandError, type Socket, takeSocket } from '@thousand-island/island';
import type { Self } from '@thousand-island/runtime';
import { pattern } from './pattern.ts';
import { Boom, fail, type Means } from './soak-handler.ts';
import type { Failure } from './visit-plan.ts';

const LONGEST_COMMAND = 64;
/** How long the PROXY header and the handshake may take. */
const TAKE_MS = 1_000;

/** The same commands, in a straight line, in a process that the server knows nothing of. */
export function ownConnections(means: Means): Handler {
  return {
    startConnection: (socket, supervisor) => ({
      kind: 'ok',
      pid: supervisor.spawnLink((self) => serve(self, socket, means)),
    }),
  };
}

async function serve(self: Self, socket: Socket, means: Means): Promise<void> {
  try {
    await takeSocket(socket, self, { timeout: TAKE_MS });
    const line = await socket.recv(0, { packet: 'line', packetSize: LONGEST_COMMAND });
    await obey(self, line.toString('latin1').trim(), socket, means);
    socket.shutdown('write');
    // What the client still says is nothing to us, but its end is.
    for (;;) await socket.recv();
  } catch (error) {
    if (!(error instanceof IslandError)) throw error;
    // The client has gone, is too slow, or talks nonsense.
    self.exit({ shutdown: error });
  }
}

async function obey(self: Self, line: string, socket: Socket, means: Means): Promise<void> {
  const [command, first = '', second = ''] = line.split(' ');
  switch (command) {
    case 'echo':
      return echo(socket);
    case 'stream':
      for (const chunk of pattern(0, Number(first))) await socket.send(chunk);
      return;
    case 'file':
      await socket.sendfile(means.file, { offset: Number(first), length: Number(second) });
      return;
    case 'recv':
      return socket.send(await socket.recv(Number(first)));
    case 'fail':
      if (first === 'error') return self.exit(new Boom('exited'));
      fail(first as Failure);
      return;
    case 'goodbye':
      return socket.send('bye');
    default:
      throw new Boom(`there is no command ${command}`);
  }
}

async function echo(socket: Socket): Promise<void> {
  for (;;) {
    const data = await socket.recv().catch(() => undefined);
    if (data === undefined) return;
    await socket.send(data);
  }
}
