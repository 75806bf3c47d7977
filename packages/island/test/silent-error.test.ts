import { error, type Handler, type ServerOptions } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { TestIsland } from './support/test-island.ts';

const boom = new Error('boom');

/** Fails in the way that the client says, and has a last word. */
const failing: Handler = {
  handleData(data) {
    if (String(data) === 'throw') throw boom;
    return error(boom);
  },
  handleError: (reason, socket) => socket.send(`${reason}`),
};

/** How the process has ended, whether it was a crash, what the client has heard, and why the connection has stopped. */
async function fail(word: string, options: Partial<ServerOptions>): Promise<readonly unknown[]> {
  await using island = await TestIsland.start(failing, options);
  const exits = new Channel<unknown>();
  const stops = Channel.of(island.server.events, 'connection:stop');
  const client = await island.connect();
  island.runtime.events.on('process:exit', ({ reason }) => exits.push(reason));
  await client.send(word);
  const lastWord = (await client.readAll()).toString();
  return [await exits.next(), island.runtime.crashes.includes(boom), lastWord, (await stops.next()).error];
}

test('an error that a callback returns is a crash', async () => {
  expect(await fail('return', {})).toEqual([boom, true, 'Error: boom', boom]);
});

test('with silentTerminateOnError, an error that a callback returns is no crash', async () => {
  const ended = await fail('return', { silentTerminateOnError: true });
  expect(ended).toEqual([{ shutdown: boom }, false, 'Error: boom', boom]);
});

test('with silentTerminateOnError, a throw still is one', async () => {
  expect(await fail('throw', { silentTerminateOnError: true })).toEqual([boom, true, 'Error: boom', boom]);
});
