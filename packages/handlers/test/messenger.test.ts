import { type RunningServer, ThousandIsland } from '@thousand-island/island';
import { memory } from '@thousand-island/island/testing';
import { type Address, CallExitError, formatExitReason, type Pid, Runtime } from '@thousand-island/runtime';
import { testRuntime } from '@thousand-island/runtime/testing';
import { type MessengerEvent, messenger } from '../src/index.ts';
import { Client } from './support/client.ts';

/** A process that keeps what messengers tell it, for as long as the test lasts. */
class Desk implements Disposable {
  readonly pid: Pid;
  readonly #runtime: Runtime;
  readonly #events: MessengerEvent[] = [];
  #onEvent: () => void = () => {};

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.pid = runtime.spawn({
      receive: (message) => {
        this.#events.push(message as MessengerEvent);
        this.#onEvent();
      },
    });
  }

  async next(): Promise<MessengerEvent> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) return event;
      await new Promise<void>((resolve) => {
        this.#onEvent = resolve;
      });
    }
  }

  [Symbol.dispose](): void {
    this.#runtime.sendExit(this.pid, 'kill');
  }
}

function startServer(runtime: Runtime, deliverTo: Address): Promise<RunningServer> {
  const handlerOptions = { deliverTo };
  return ThousandIsland.start({ port: 0, host: '127.0.0.1', handler: messenger, handlerOptions }, runtime);
}

describe('messenger', () => {
  test('tells the client its pid, and the process that it has connected', async () => {
    const runtime = new Runtime();
    using desk = new Desk(runtime);
    await using server = await startServer(runtime, desk.pid);
    await using client = await Client.connect(server.port);
    const pid = await clientOf(desk);
    expect(await server.connections()).toEqual([pid]);
    expect(await client.until('\r\n')).toBe(`You are ${pid}.\r\n`);
  });

  test('sends a client what is cast, called and sent to its connection, in order', async () => {
    const runtime = new Runtime();
    using desk = new Desk(runtime);
    await using server = await startServer(runtime, desk.pid);
    await using client = await Client.connect(server.port);
    const pid = await clientOf(desk);
    runtime.cast(pid, 'send', 'cast');
    runtime.send(pid, 'sent');
    expect(await runtime.call(pid, 'send', 'called')).toBe('sent');
    expect(await client.until('called\r\n')).toBe(`You are ${pid}.\r\ncast\r\nsent\r\ncalled\r\n`);
  });

  test('tells the process each line that the client types', async () => {
    const runtime = new Runtime();
    using desk = new Desk(runtime);
    await using server = await startServer(runtime, desk.pid);
    await using client = await Client.connect(server.port);
    const pid = await clientOf(desk);
    const word = Buffer.from('Grüße\r\n');
    client.send('hello\nhow are you?\r\n');
    client.send(word.subarray(0, 3));
    expect(await desk.next()).toEqual({ kind: 'said', client: pid, text: 'hello' });
    expect(await desk.next()).toEqual({ kind: 'said', client: pid, text: 'how are you?' });
    client.send(word.subarray(3));
    expect(await desk.next()).toEqual({ kind: 'said', client: pid, text: 'Grüße' });
  });

  test('cuts off a client that does not read what others send it, and keeps nothing for it', async () => {
    await using runtime = testRuntime();
    const transport = memory();
    const options = { handler: messenger, handlerOptions: {}, transport, maxSendBuffer: 200_000 };
    await using server = await ThousandIsland.start(options, runtime);
    await using _client = await transport.connect({ paused: true });
    await runtime.settle();
    const [pid] = (await server.connections()) as [Pid];
    const ended = runtime.ended(pid);
    const calls = Array.from({ length: 200 }, (_, each) => {
      runtime.cast(pid, 'send', 'x'.repeat(1_000));
      runtime.send(pid, 'x'.repeat(1_000));
      return runtime.call(pid, 'send', `${each}`).catch((error: unknown) => error);
    });
    expect(formatExitReason(await ended)).toContain('SendOverflowError');
    expect((await Promise.all(calls)).at(-1)).toBeInstanceOf(CallExitError);
  });

  test('serves a client that nobody listens to', async () => {
    await using server = await ThousandIsland.start({ port: 0, host: '127.0.0.1', handler: messenger });
    await using client = await Client.connect(server.port);
    await client.until('You are');
    client.send('hello?\n');
    client.end();
    expect(await client.untilClosed()).toMatch(/^You are <[\d.]+>\.\r\n$/);
  });

  test('ends the connection of a client whose line has no end', async () => {
    const runtime = new Runtime();
    using desk = new Desk(runtime);
    await using server = await startServer(runtime, desk.pid);
    await using client = await Client.connect(server.port);
    const ended = runtime.ended(await clientOf(desk));
    client.send('x'.repeat(100_000));
    expect(await ended).toBe('the line is too long');
  });

  test('reports a message that is no text as unhandled, and goes on', async () => {
    const runtime = new Runtime();
    using desk = new Desk(runtime);
    await using server = await startServer(runtime, desk.pid);
    await using client = await Client.connect(server.port);
    const pid = await clientOf(desk);
    const unhandled: unknown[] = [];
    runtime.events.on('message:unhandled', ({ message }) => unhandled.push(message));
    runtime.send(pid, { strange: true });
    runtime.send(pid, 'text');
    await client.until('text');
    expect(unhandled).toEqual([{ strange: true }]);
  });

  test('says goodbye when the server stops', async () => {
    const runtime = new Runtime();
    using desk = new Desk(runtime);
    await using server = await startServer(runtime, desk.pid);
    await using client = await Client.connect(server.port);
    await client.until('You are');
    await server.stop();
    expect(await client.untilClosed()).toMatch(/Goodbye\.\r\n$/);
  });
});

async function clientOf(desk: Desk): Promise<Pid> {
  const event = await desk.next();
  expect(event.kind).toBe('connected');
  return event.client;
}
