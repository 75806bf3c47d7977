import { Runtime } from '@thousand-island/runtime';
import { start as startDaytime } from '../examples/daytime.ts';
import { start as startEcho } from '../examples/echo.ts';
import { start as startHttpHelloWorld } from '../examples/http-hello-world.ts';
import { start as startMessenger } from '../examples/messenger.ts';
import { Client } from '../packages/handlers/test/support/client.ts';

describe('the example', () => {
  test('echo sends back what comes', async () => {
    await using server = await startEcho(0);
    await using client = await Client.connect(server.port);
    client.end('hello');
    expect(await client.untilClosed()).toBe('hello');
  });

  test('daytime tells the time and hangs up', async () => {
    await using server = await startDaytime(0);
    await using client = await Client.connect(server.port);
    expect(Date.parse(await client.untilClosed())).not.toBeNaN();
  });

  test('http-hello-world answers a request, and keeps no endless one', async () => {
    await using server = await startHttpHelloWorld(0);
    expect(await (await fetch(`http://127.0.0.1:${server.port}/`)).text()).toBe('Hello, World!\n');
    await using client = await Client.connect(server.port);
    client.send('x'.repeat(20_000));
    expect(await client.untilClosed()).toBe('');
  });

  test('messenger passes on what one client types to the others', async () => {
    const runtime = new Runtime();
    await using server = await startMessenger(0, runtime);
    await using one = await Client.connect(server.port);
    const [, name] = /(<[\d.]+>)/.exec(await one.until('.\r\n')) ?? [];
    await using two = await Client.connect(server.port);
    await two.until('.\r\n');
    one.send('hello\n');
    expect(await two.until('hello')).toContain(`${name}: hello\n`);
    expect(one.text).not.toContain('hello');
    await server.stop();
    for (const pid of runtime.processes()) runtime.sendExit(pid, 'kill');
  });
});
