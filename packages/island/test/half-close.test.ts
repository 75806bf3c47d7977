import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineHandler } from '../src/index.ts';
import { needing, output } from './support/program.ts';
import { TestIsland } from './support/test-island.ts';

/** Answers what a client has asked only when the client's goodbye has come. */
const late = defineHandler({
  async handleData(data, socket) {
    const more = await socket.recv().catch((error: Error) => error);
    if (more instanceof Error) await socket.send(`answer to ${data}, after: ${more.message}`);
  },
});

/** Adds up, and answers at the end: the shape of `wc`. */
const sum = defineHandler({
  init: () => ({ bytes: 0 }),
  handleData(data, _socket, state) {
    state.bytes += data.length;
  },
  handleClose: (socket, state) => socket.send(`${state.bytes} bytes`),
});

/** More than the kernel takes at once, so that most of it is sent long after the goodbye. */
const BIG = 8 * 1024 * 1024;
const big = defineHandler({ handleClose: (socket) => socket.send('x'.repeat(BIG)) });

const withNetcat = needing('nc', ['-h']);
const withSocat = needing('socat', ['-V']);

describe('a client that closes its side after its question gets its answer', () => {
  const peers = (island: TestIsland): [string, string[]][] => [
    ['nc', ['-N', '127.0.0.1', String(island.server.port)]],
    ['socat', ['-t10', '-', `TCP:127.0.0.1:${island.server.port}`]],
  ];
  const withPeer = [withNetcat, withSocat];

  for (const [index, name] of ['nc -N', 'socat'].entries()) {
    const ask = async (island: TestIsland, question: string): Promise<string> => {
      const [program, options] = peers(island)[index] as [string, string[]];
      return output(program, options, question);
    };

    (withPeer[index] as jest.It)(`${name}: from handleData, which is not through`, async () => {
      await using island = await TestIsland.start(late);
      expect(await ask(island, 'ping')).toBe('answer to ping, after: the socket is closed');
    });

    (withPeer[index] as jest.It)(`${name}: from handleClose, of all that came`, async () => {
      await using island = await TestIsland.start(sum);
      expect(await ask(island, 'x'.repeat(100_000))).toBe('100000 bytes');
    });

    (withPeer[index] as jest.It)(`${name}: all of a long one`, async () => {
      await using island = await TestIsland.start(big);
      expect(await ask(island, 'all')).toHaveLength(BIG);
    });
  }
});

describe('on a Unix socket too', () => {
  withSocat('socat: from handleData, which is not through', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'half-'));
    const path = join(folder, 'late.sock');
    await using island = await TestIsland.start(late, { path });
    expect(await output('socat', ['-t10', '-', `UNIX-CONNECT:${path}`], 'ping')).toContain('answer to ping');
    await island.server.stop();
    rmSync(folder, { recursive: true });
  });
});

test('a callback that fails for a client that has closed its side has failed', async () => {
  const told: unknown[] = [];
  await using island = await TestIsland.start({
    async handleData(_data, socket) {
      await socket.sendfile(join(tmpdir(), 'no such file'));
    },
    handleClose: () => void told.push('close'),
    handleError: (reason) => void told.push(reason),
  });
  const client = await island.connect({ allowHalfOpen: true });
  client.end('GET');
  await client.closed;
  expect(told).toEqual([expect.objectContaining({ code: 'ISLAND_SENDFILE_FAILED' })]);
});
