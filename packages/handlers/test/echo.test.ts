import { randomBytes } from 'node:crypto';
import { ThousandIsland } from '@thousand-island/island';
import { echo } from '../src/index.ts';
import { Client } from './support/client.ts';

const options = { port: 0, host: '127.0.0.1', handler: echo };

describe('echo', () => {
  test('sends back what comes', async () => {
    await using server = await ThousandIsland.start(options);
    await using client = await Client.connect(server.port);
    client.send('hello');
    await client.until('hello');
    client.send(', world');
    expect(await client.until('world')).toBe('hello, world');
  });

  test('sends back all of it to a client that has said its last word', async () => {
    await using server = await ThousandIsland.start(options);
    await using client = await Client.connect(server.port);
    const bytes = randomBytes(3_000_000);
    client.end(bytes);
    await client.untilClosed();
    expect(client.bytes.equals(bytes)).toBe(true);
  });
});
