import { settle } from '@thousand-island/runtime/testing';
import { Channel } from './channel.ts';
import type { Client } from './client.ts';
import type { TestIsland } from './test-island.ts';

/** A client of an echo server that has been answered. */
export async function served(island: TestIsland): Promise<Client> {
  const client = await island.connect();
  await client.send('x');
  await client.read(1);
  return client;
}

/** A client of an echo server that has asked and got no answer yet. */
export async function waiting(island: TestIsland): Promise<Client> {
  const client = await island.connect();
  await client.send('x');
  await settle(20);
  expect(client.socket.bytesRead).toBe(0);
  return client;
}

/** The client goes, and its connection with it. */
export async function leave(island: TestIsland, client: Client): Promise<void> {
  const stopped = Channel.of(island.server.events, 'connection:stop');
  client.end();
  await stopped.next();
  await settle();
}
