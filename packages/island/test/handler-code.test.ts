import { continueWith, type Handler, type HandlerResult } from '../src/index.ts';
import { TestIsland } from './support/test-island.ts';

interface Counting {
  handleData: (
    data: Buffer,
    socket: Parameters<NonNullable<Handler['handleData']>>[1],
    count: number,
  ) => Promise<HandlerResult<number>>;
}

/** Answers with how many messages there were so far, in the words of one version. */
function counting(words: string): Counting['handleData'] {
  return async (_data, socket, count) => {
    await socket.send(`${words}${count + 1}`);
    return continueWith(count + 1);
  };
}

test('a connection goes on with the callbacks that its handler has by now, and back', async () => {
  const handler = { init: () => 0, handleData: counting('v') };
  await using island = await TestIsland.start(handler);
  const client = await island.connect();
  const versions = [
    [counting('v'), 'v1'],
    [counting('V'), 'V2'],
    [counting('v'), 'v3'],
  ] as const;
  for (const [handleData, answer] of versions) {
    handler.handleData = handleData;
    await client.send('x');
    expect(await client.readText(2)).toBe(answer);
  }
  handler.handleData = counting('w');
  const next = await island.connect();
  await next.send('x');
  expect(await next.readText(2)).toBe('w1');
});
