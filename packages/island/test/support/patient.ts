import { settle } from '@thousand-island/runtime/testing';
import type { Handler } from '../../src/index.ts';
import type { Client } from './client.ts';
import type { TestIsland } from './test-island.ts';

/** Answers '.' to each message, and 'timeout' to silence; `more` says what else it does. */
export function patient(more: Handler = {}): Handler {
  return {
    handleData: (_data, socket) => socket.send('.'),
    handleTimeout: (socket) => socket.send('timeout'),
    ...more,
  };
}

/** A client whose connection waits for it: the server has answered, so its clock runs. */
export async function answered(island: TestIsland): Promise<Client> {
  const client = await island.connect();
  await poke(client);
  return client;
}

export async function poke(client: Client): Promise<void> {
  await client.send('x');
  await client.read(1);
  await settle();
}

export async function isOpen(island: TestIsland): Promise<boolean> {
  await settle();
  return (await island.server.info()).activeConnections > 0;
}
