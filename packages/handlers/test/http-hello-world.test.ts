import { type RunningServer, ThousandIsland } from '@thousand-island/island';
import { memory } from '@thousand-island/island/testing';
import { testRuntime } from '@thousand-island/runtime/testing';
import { httpHelloWorld } from '../src/index.ts';
import { Client } from './support/client.ts';

function startServer(more: { readonly readTimeout?: number } = {}): Promise<RunningServer> {
  return ThousandIsland.start({ port: 0, host: '127.0.0.1', handler: httpHelloWorld, ...more });
}

const GET = 'GET / HTTP/1.1\r\nHost: here\r\n\r\n';
const LAST = 'GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n';

/** The status and the body of each answer: they all say how long they are. */
function answersIn(text: string): string[] {
  const answers: string[] = [];
  for (let rest = text; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n') + 4;
    const [status] = rest.split('\r\n');
    const length = Number(/^content-length: (\d+)\r$/im.exec(rest.slice(0, end))?.[1] ?? 0);
    answers.push(`${status} | ${rest.slice(end, end + length).trim()}`);
    rest = rest.slice(end + length);
  }
  return answers;
}

const HELLO = 'HTTP/1.1 200 OK | Hello, World!';

describe('httpHelloWorld', () => {
  test('answers a request with the whole of a response', async () => {
    await using server = await startServer();
    await using client = await Client.connect(server.port);
    client.send(GET);
    const text = (await client.until('World!\n')).replace(/Date: .*/, 'Date: now');
    expect(text.split('\r\n')).toEqual([
      'HTTP/1.1 200 OK',
      'Date: now',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Length: 14',
      'Connection: keep-alive',
      '',
      'Hello, World!\n',
    ]);
  });

  test('answers with the body it was given, counted in bytes', async () => {
    const body = 'Grüße 👋';
    await using server = await ThousandIsland.start({
      port: 0,
      host: '127.0.0.1',
      handler: httpHelloWorld,
      handlerOptions: { body },
    });
    const response = await fetch(`http://127.0.0.1:${server.port}/`, { headers: { connection: 'close' } });
    expect(await response.text()).toBe(body);
  });

  test('answers one request after the other on one connection, and closes after the last', async () => {
    await using server = await startServer();
    await using client = await Client.connect(server.port);
    client.send(GET);
    await client.until('World!');
    client.send(LAST);
    const text = await client.untilClosed();
    expect(answersIn(text)).toEqual([HELLO, HELLO]);
    expect(text.match(/Connection: .*/g)).toEqual(['Connection: keep-alive', 'Connection: close']);
  });

  test('closes after a request of HTTP/1.0, unless asked not to', async () => {
    await using server = await startServer();
    await using client = await Client.connect(server.port);
    client.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    await client.until('World!');
    client.send('GET / HTTP/1.0\r\n\r\n');
    expect(answersIn(await client.untilClosed())).toEqual([HELLO, HELLO]);
  });

  test('answers pipelined requests, and skips their bodies', async () => {
    await using server = await startServer();
    await using client = await Client.connect(server.port);
    const body = GET.repeat(3_000);
    const post = `POST / HTTP/1.1\r\nHost: here\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    client.send(GET + post + GET + LAST);
    expect(answersIn(await client.untilClosed())).toEqual([HELLO, HELLO, HELLO, HELLO]);
  });

  test('makes no more answers to pipelined requests than the client takes', async () => {
    await using runtime = testRuntime();
    const transport = memory();
    const handlerOptions = { body: 'x'.repeat(1024 * 1024) };
    await using server = await ThousandIsland.start(
      { handler: httpHelloWorld, handlerOptions, transport },
      runtime,
    );
    await using client = await transport.connect({ paused: true });
    const crashes: unknown[] = [];
    runtime.events.on('process:crash', ({ reason }) => crashes.push(reason));
    // All of these answers would be longer than any string can be.
    await client.send(GET.repeat(1_000));
    await runtime.settle();
    expect(crashes).toEqual([]);
    expect(await server.connections()).toHaveLength(1);
    client.resume();
    const length = (await client.read(20 * 1024 * 1024)).toString('latin1').match(/x{1000}/g)?.length;
    expect(length).toBeGreaterThan(19 * 1024);
  });

  test('answers a request that comes byte by byte', async () => {
    await using server = await startServer();
    await using client = await Client.connect(server.port);
    for (const byte of LAST) client.send(byte);
    expect(answersIn(await client.untilClosed())).toEqual([HELLO]);
  });

  test('answers a client that has said its last word', async () => {
    await using server = await startServer();
    await using client = await Client.connect(server.port);
    client.end(GET);
    expect(answersIn(await client.untilClosed())).toEqual([HELLO]);
  });

  test('tells a client that waits with its body to send it', async () => {
    await using server = await startServer();
    await using client = await Client.connect(server.port);
    client.send(LAST.replace('Host', 'Expect: 100-continue\r\nContent-Length: 4\r\nHost'));
    await client.until('100 Continue');
    client.send('body');
    expect(answersIn(await client.untilClosed())).toEqual(['HTTP/1.1 100 Continue | ', HELLO]);
  });

  test('answers a request whose body comes in chunks', async () => {
    await using server = await startServer();
    const body = new ReadableStream({
      start(controller) {
        for (const chunk of ['one', GET]) controller.enqueue(Buffer.from(chunk));
        controller.close();
      },
    });
    const request = { method: 'POST', body, duplex: 'half', headers: { connection: 'close' } } as RequestInit;
    const response = await fetch(`http://127.0.0.1:${server.port}/`, request);
    expect([response.status, await response.text()]).toEqual([200, 'Hello, World!\n']);
  });

  test('answers HEAD without a body, but with its length', async () => {
    await using server = await startServer();
    await using client = await Client.connect(server.port);
    client.send(LAST.replace('GET', 'HEAD'));
    const text = await client.untilClosed();
    expect(text).toMatch(/Content-Length: 14\r\n/);
    expect(text).toMatch(/\r\n\r\n$/);
  });

  test.each([
    ['a line that is no request', 'hello\r\n', '400 Bad Request'],
    [
      'a head that is too long',
      `GET / HTTP/1.1\r\nX: ${'x'.repeat(200_000)}`,
      '431 Request Header Fields Too Large',
    ],
    ['a body in a coding', LAST.replace('Host', 'Transfer-Encoding: gzip\r\nHost'), '501 Not Implemented'],
    ['another version', 'GET / HTTP/3.0\r\n\r\n', '505 HTTP Version Not Supported'],
  ])('refuses %s after what came before it, and closes', async (_what, request, status) => {
    await using server = await startServer();
    await using client = await Client.connect(server.port);
    client.send(GET + request);
    const reason = status.slice(4);
    expect(answersIn(await client.untilClosed())).toEqual([HELLO, `HTTP/1.1 ${status} | ${reason}`]);
  });

  test('does not wait for ever for a client to close that it has refused, however that goes on', async () => {
    await using runtime = testRuntime();
    const transport = memory();
    await using server = await ThousandIsland.start({ handler: httpHelloWorld, transport }, runtime);
    await using client = await transport.connect({ halfOpen: true });
    await client.send('nonsense\r\n');
    await runtime.settle();
    // A second, and as long as any connection that is closed waits for its client.
    for (let each = 0; each < 20; each++) {
      await runtime.clock.advance(400);
      await client.send('x').catch(() => {});
      await runtime.settle();
    }
    expect(await server.connections()).toEqual([]);
    expect((await client.readAll()).toString()).toContain('400 Bad Request');
  });

  test('says 503 to a client in the middle of a request when the server stops, and nothing to an idle one', async () => {
    await using server = await startServer();
    await using idle = await Client.connect(server.port);
    await using busy = await Client.connect(server.port);
    idle.send(GET);
    busy.send(GET + GET.slice(0, 20));
    await Promise.all([idle.until('World!'), busy.until('World!')]);
    expect(await server.stop()).toEqual({ told: 2, finished: 2, forced: 0 });
    expect(answersIn(await idle.untilClosed())).toEqual([HELLO]);
    expect(answersIn(await busy.untilClosed())).toEqual([
      HELLO,
      'HTTP/1.1 503 Service Unavailable | Service Unavailable',
    ]);
  });

  test('says 408 to a client that does not finish its request', async () => {
    await using server = await startServer({ readTimeout: 30 });
    await using client = await Client.connect(server.port);
    client.send('GET / HTTP/1.1\r\n');
    expect(answersIn(await client.untilClosed())).toEqual(['HTTP/1.1 408 Request Timeout | Request Timeout']);
  });

  test('closes without a word on a client that asks nothing for too long', async () => {
    await using server = await startServer({ readTimeout: 30 });
    await using client = await Client.connect(server.port);
    expect(await client.untilClosed()).toBe('');
  });
});
