import { ThousandIsland } from '@thousand-island/island';
import { daytime } from '../src/index.ts';
import { Client } from './support/client.ts';

describe('daytime', () => {
  test('sends the time it is told as one line, and closes', async () => {
    const now = () => new Date(Date.UTC(1983, 4, 31, 17, 37, 1));
    await using server = await ThousandIsland.start({
      port: 0,
      host: '127.0.0.1',
      handler: daytime,
      handlerOptions: { now },
    });
    await using client = await Client.connect(server.port);
    expect(await client.untilClosed()).toBe('Tue, 31 May 1983 17:37:01 GMT\r\n');
  });

  test("sends the machine's time unless told another", async () => {
    await using server = await ThousandIsland.start({ port: 0, host: '127.0.0.1', handler: daytime });
    const before = Math.floor(Date.now() / 1000) * 1000;
    await using client = await Client.connect(server.port);
    const told = Date.parse(await client.untilClosed());
    expect(told).toBeGreaterThanOrEqual(before);
    expect(told).toBeLessThanOrEqual(Date.now());
  });
});
