import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tls } from '../src/index.ts';
import { Authority } from './support/certificates.ts';
import { Channel } from './support/channel.ts';
import { Client } from './support/client.ts';
import { TestIsland } from './support/test-island.ts';

/** More than the kernel takes at once. */
const MUCH = 10_000_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shutdown-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("shutdown('write') behind what has not gone out yet", () => {
  test.each(['tcp', 'tls'])('over %s: those who wait for it are told when it has', async (over) => {
    const authority = await Authority.make();
    const told = new Channel<unknown>();
    const transport = over === 'tls' ? { transport: tls({ ...(await authority.issue('a.example')) }) } : {};
    await using island = await TestIsland.start(
      {
        handleConnection(socket) {
          socket.send(Buffer.alloc(MUCH)).then(
            () => told.push('sent'),
            (error) => told.push(error),
          );
          socket.shutdown('write');
        },
        handleData: (data) => told.push(data.toString()),
        handleError: (reason) => told.push(reason),
      },
      transport,
    );
    await using client =
      over === 'tls'
        ? await Client.secure(island.server.port, { rejectUnauthorized: false })
        : await island.connect({ allowHalfOpen: true });
    expect((await client.readAll()).length).toBe(MUCH);
    expect(await told.next()).toBe('sent');
    await island.clock.advance(60_000);
    expect(told.seen).toEqual(['sent']);
  });

  test('a file after it is refused, and what was before it arrives', async () => {
    const [big, small] = [join(folder, 'big'), join(folder, 'small')];
    writeFileSync(big, Buffer.alloc(MUCH));
    writeFileSync(small, 'small');
    const told = new Channel<unknown>();
    await using island = await TestIsland.start({
      handleConnection(socket) {
        socket.sendfile(big).then(
          (bytes) => told.push(bytes),
          (error) => told.push(error),
        );
        socket.shutdown('write');
        socket.sendfile(small).then(
          (bytes) => told.push(bytes),
          (error) => told.push(error),
        );
      },
      handleData: (data) => told.push(data.toString()),
    });
    const client = await island.connect({ allowHalfOpen: true });
    expect((await client.readAll()).length).toBe(MUCH);
    expect(await told.take(2)).toEqual([MUCH, expect.objectContaining({ code: 'ISLAND_SOCKET_CLOSED' })]);
    await client.send('still here');
    expect(await told.next()).toBe('still here');
  });
});
