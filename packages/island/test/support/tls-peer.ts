import type { ConnectionOptions } from 'node:tls';
import { defineHandler, type Handler } from '../../src/index.ts';
import type { Channel } from './channel.ts';
import { Client } from './client.ts';
import type { TestIsland } from './test-island.ts';

/** Sends back what comes, and pushes why a connection failed. */
export function echoing(failures: Channel<unknown>): Handler {
  return {
    handleData: (data, socket) => socket.send(data),
    handleError: (reason) => void failures.push(reason),
  };
}

/** Says how the connection is secured, and whose certificate the client has. */
export const informing = defineHandler({
  handleConnection: (socket) =>
    socket.send(
      `${JSON.stringify({ ...socket.connectionInformation(), peer: socket.peercert()?.subject.CN })}\n`,
    ),
});

export interface Information {
  readonly protocol: string;
  readonly cipher: string;
  readonly sniHostname?: string;
  readonly alpn?: string;
  readonly sessionReused: boolean;
  readonly authorized: boolean;
  readonly authorizationError?: string;
  readonly peer?: string;
}

/** What an `informing` server says to a client. */
export async function informationFor(
  island: TestIsland,
  options: ConnectionOptions = {},
): Promise<Information> {
  await using client = await Client.secure(island.server.port, { rejectUnauthorized: false, ...options });
  return JSON.parse(await client.readLine());
}

/** The common name of the certificate that an `echoing` server shows to a client that wants this host. */
export async function shownTo(
  island: TestIsland,
  servername: string | undefined,
  options: ConnectionOptions = {},
): Promise<unknown> {
  const wanted = servername === undefined ? {} : { servername };
  await using client = await Client.secure(island.server.port, {
    rejectUnauthorized: false,
    ...wanted,
    ...options,
  });
  // Until the server has answered, it may not have done its part of the handshake.
  await client.send('!');
  await client.read(1);
  return client.certificateName;
}
