import { BadReturnError, type ExitReason } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import {
  close,
  continueAs,
  continueWith,
  defineHandler,
  error,
  type Handler,
  switchTransport,
  tcp,
} from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { TestIsland } from './support/test-island.ts';

/** Answers each message with the state that it sees, as JSON on a line. */
function teller<Options, State>(init?: (options: Options) => State | Promise<State>): Handler<Options> {
  const handleData: Handler['handleData'] = (_data, socket, state) =>
    socket.send(`${JSON.stringify(state)}\n`);
  return init === undefined ? { handleData } : { init, handleData };
}

async function told(island: TestIsland): Promise<string> {
  const client = await island.connect();
  await client.send('?');
  let line = '';
  while (!line.endsWith('\n')) line += await client.readText(1);
  return line.trimEnd();
}

describe('the state of a connection', () => {
  test('is what init makes of the handler options', async () => {
    const init = (options: { max: number }) => ({ seen: 0, max: options.max });
    await using island = await TestIsland.start(teller(init), { handlerOptions: { max: 3 } });
    expect(await told(island)).toBe('{"seen":0,"max":3}');
  });

  test('may be made later', async () => {
    await using island = await TestIsland.start(teller(async () => settle().then(() => 'late')));
    expect(await told(island)).toBe('"late"');
  });

  test('is the handler options themselves without init', async () => {
    await using island = await TestIsland.start(teller(), { handlerOptions: ['plain'] });
    expect(await told(island)).toBe('["plain"]');
  });

  test('is undefined without both, and is a state like any other', async () => {
    const states = new Channel<unknown>();
    await using island = await TestIsland.start({
      handleConnection: (_socket, state) => states.push(state),
      handleData(data, _socket, state) {
        states.push(state);
        return continueWith(data.toString() === 'reset' ? undefined : data.toString());
      },
      handleClose: (_socket, state) => states.push(state),
    });
    const client = await island.connect();
    expect(await states.next()).toBeUndefined();
    await client.send('set');
    expect(await states.next()).toBeUndefined();
    await client.send('reset');
    expect(await states.next()).toBe('set');
    client.end();
    expect(await states.next()).toBeUndefined();
  });

  test('is made anew for each connection', async () => {
    await using island = await TestIsland.start(
      defineHandler({
        init: () => ({ count: 0 }),
        handleData: (_data, socket, state) => socket.send(`${++state.count}\n`),
      }),
    );
    expect(await told(island)).toBe('1');
    expect(await told(island)).toBe('1');
  });
});

describe('what a callback returns', () => {
  test('nothing, now or later, goes on with the state as it is', async () => {
    const states = new Channel<unknown>();
    await using island = await TestIsland.start<number>(
      {
        handleData(data, _socket, state) {
          states.push([data.toString(), state]);
          return data.toString() === 'b' ? settle() : undefined;
        },
      },
      { handlerOptions: 7 },
    );
    const client = await island.connect();
    for (const letter of ['a', 'b', 'c']) {
      await client.send(letter);
      expect(await states.next()).toEqual([letter, 7]);
    }
  });

  test('continueWith goes on with a new state, now or later', async () => {
    await using island = await TestIsland.start(
      defineHandler({
        init: () => 0,
        handleConnection: () => continueWith(10),
        async handleData(data, socket, state) {
          await socket.send(String(state));
          return continueWith(state + data.length);
        },
      }),
    );
    const client = await island.connect();
    await client.send('abc');
    expect(await client.readText(2)).toBe('10');
    await client.send('a');
    expect(await client.readText(2)).toBe('13');
    await client.send('a');
    expect(await client.readText(2)).toBe('14');
  });

  test('continue calls handleContinue with the new state, before the next message', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      defineHandler({
        init: () => 'first',
        handleConnection: () => continueWith('second', { continue: 1 }),
        handleContinue(argument, _socket, state) {
          told.push(['continue', argument, state]);
          return argument === 1 ? continueAs({ continue: undefined }) : undefined;
        },
        handleData: (_data, _socket, state) => told.push(['data', state]) as never,
      }),
    );
    const client = await island.connect();
    await client.send('x');
    expect(await told.take(3)).toEqual([
      ['continue', 1, 'second'],
      ['continue', undefined, 'second'],
      ['data', 'second'],
    ]);
  });

  test('close and error can carry the state that the last callback sees', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      defineHandler({
        init: () => 'initial',
        handleData: (data) => (data.toString() === 'close' ? close('closing') : error('reason', 'failing')),
        handleClose: (_socket, state) => told.push(['close', state]) as never,
        handleError: (reason, _socket, state) => told.push(['error', reason, state]) as never,
      }),
    );
    await (await island.connect()).send('close');
    expect(await told.next()).toEqual(['close', 'closing']);
    await (await island.connect()).send('fail');
    expect(await told.next()).toEqual(['error', 'reason', 'failing']);
  });

  test('what was sent before close() arrives, however much it is', async () => {
    const much = Buffer.alloc(8 * 1024 * 1024, 'x');
    await using island = await TestIsland.start({
      handleData(_data, socket) {
        void socket.send(much);
        void socket.send('the end');
        return close();
      },
    });
    const client = await island.connect();
    await client.send('x');
    const all = await client.readAll();
    expect(all.length).toBe(much.length + 7);
    expect(all.subarray(-7).toString()).toBe('the end');
    expect(await client.closed).toBe('end');
  });

  test.each([
    ['a number', 42],
    ['null', null],
    ['false', false],
    ['a string', 'close'],
    ['an object that looks like a result', { kind: 'close' }],
    ['the buffer itself', 'data'],
  ])('%s, which is no result, ends that connection alone', async (_what, junk) => {
    const reasons = new Channel<ExitReason>();
    await using island = await TestIsland.start({
      handleData: (data, socket) => {
        if (data.toString() === 'fine') return socket.send('fine');
        return (junk === 'data' ? data : junk) as never;
      },
      handleError: (reason) => reasons.push(reason),
    });
    const other = await island.connect();
    const client = await island.connect();
    await client.send('x');
    const reason = await reasons.next();
    expect(reason).toBeInstanceOf(BadReturnError);
    expect(reason).toMatchObject({
      code: 'OTP_BAD_RETURN',
      message: expect.stringContaining('handleData returned'),
    });
    expect(await client.closed).toBe('end');
    await other.send('fine');
    expect(await other.readText(4)).toBe('fine');
  });

  test.each<[string, () => unknown]>([
    ['timeOut', () => continueAs({ timeOut: 5 } as never)],
    ['options', () => continueAs(undefined as never)],
    ['timeout', () => continueAs({ timeout: -1 })],
    ['persistentTimeout', () => continueWith('state', { persistentTimeout: 'never' as 'infinity' })],
    ['transport', () => switchTransport({} as never)],
    ['unread', () => switchTransport(tcp, { unread: 'text' as never })],
    ['unread', () => continueAs({ unread: Buffer.of() } as never)],
  ])('is refused by name if its %s is wrong', (option, result) => {
    expect(result).toThrow(expect.objectContaining({ code: 'ISLAND_BAD_OPTION', option }));
  });

  test('continue may be said any number of times, and the client is heard afterwards', async () => {
    const many = 20_000;
    await using island = await TestIsland.start(
      defineHandler({
        init: () => 0,
        handleData: (data, socket, steps) => {
          if (data.toString() === 'go') return continueWith(0, { continue: 'step' });
          return socket.send(`${steps} ${data}`);
        },
        handleContinue: (_argument, _socket, steps) =>
          steps < many ? continueWith(steps + 1, { continue: 'step' }) : undefined,
      }),
    );
    const client = await island.connect();
    await client.send('go');
    await settle(2);
    await client.send('!');
    const answer = `${many} !`;
    expect(await client.readText(answer.length)).toBe(answer);
    expect(island.runtime.crashes).toEqual([]);
  });

  test('a connection that continues without end leaves the others their turn, and can be killed', async () => {
    await using island = await TestIsland.start({
      handleData: (data, socket) =>
        data.toString() === 'go' ? continueAs({ continue: 'step' }) : socket.send(data),
      handleContinue: () => continueAs({ continue: 'step' }),
    });
    const restless = await island.connect();
    await restless.send('go');
    const other = await island.connect();
    for (let count = 0; count < 3; count++) {
      await other.send('x');
      expect(await other.readText(1)).toBe('x');
    }
    for (const pid of await island.server.connections()) island.runtime.sendExit(pid, 'kill');
    await Promise.all([restless.closed, other.closed]);
  });

  test('continue without handleContinue ends the connection and says what is missing', async () => {
    const reasons = new Channel<ExitReason>();
    await using island = await TestIsland.start({
      handleData: () => continueAs({ continue: 'nowhere' }),
      handleError: (reason) => reasons.push(reason),
    });
    await (await island.connect()).send('x');
    expect(await reasons.next()).toMatchObject({ message: expect.stringContaining('handleContinue') });
  });
});

test('a handler without any callback reads, and closes when the client does', async () => {
  await using island = await TestIsland.start({});
  const client = await island.connect();
  const stopped = Channel.of(island.server.events, 'connection:stop');
  client.end('anything');
  expect(await client.closed).toBe('end');
  expect((await stopped.next()).statistics).toMatchObject({ receivedBytes: 8, sentBytes: 0 });
});
