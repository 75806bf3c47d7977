import { stripVTControlCharacters } from 'node:util';
import { Client } from '../../handlers/test/support/client.ts';
import { demonstrate } from '../src/demonstration.ts';
import { TakenPort } from './support/taken-port.ts';
import { TestEnvironment } from './support/test-environment.ts';

const ANY_PORTS = { echo: 0, 'http-hello-world': 0, daytime: 0, messenger: 0 };
const READY = /Ctrl-C stops the servers\.\n/;

/** The demonstration, in the test's hands. At the end of the test it is stopped, in good order or not. */
class Demonstration implements AsyncDisposable {
  readonly environment: TestEnvironment;
  readonly exitCode: Promise<number>;

  constructor(ports = ANY_PORTS, environment = new TestEnvironment()) {
    this.environment = environment;
    this.exitCode = demonstrate(environment, ports);
  }

  get stdout(): TestEnvironment['stdout'] {
    return this.environment.stdout;
  }

  async portOf(name: string): Promise<number> {
    const [text] = await this.stdout.until(new RegExp(`[^]*${READY.source}`));
    return Number(new RegExp(`^ +${name} .*127\\.0\\.0\\.1[: ](\\d+)`, 'm').exec(text)?.[1]);
  }

  stop(signal: 'SIGINT' | 'SIGTERM' = 'SIGINT'): Promise<number> {
    this.environment.signal(signal);
    return this.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.environment.signal('SIGTERM');
    await this.stop();
  }
}

describe('the demonstration', () => {
  test('shows the tree and how to talk to each server, and stops on a signal', async () => {
    await using demo = new Demonstration(ANY_PORTS);
    await demo.stdout.until(READY);
    const text = demo.stdout.text;
    for (const name of Object.keys(ANY_PORTS))
      expect(text).toMatch(new RegExp(`─ <[\\d.]+> ${name} +Supervisor`));
    expect(text.match(/… 9 more like it/g)).toHaveLength(4);
    expect(text).toMatch(/─ <[\d.]+> lobby +Lobby/);
    expect(text).toMatch(/printf hello \| nc -q1 127\.0\.0\.1 \d+\n/);
    expect(text).toMatch(/curl http:\/\/127\.0\.0\.1:\d+\/\n/);
    expect(text).not.toContain('taken');
    expect(await demo.stop('SIGTERM')).toBe(0);
    expect(demo.stdout.lines.at(-1)).toBe('Stopped. Connections that finished: 0, that were forced: 0.');
    expect(demo.environment.stderr.text).toBe('');
  });

  test('tells of connections as they come and go, and counts those that were there at the end', async () => {
    await using demo = new Demonstration(ANY_PORTS);
    const [echo, http, daytime, messenger] = [
      await demo.portOf('echo'),
      await demo.portOf('http-hello-world'),
      await demo.portOf('daytime'),
      await demo.portOf('messenger'),
    ];
    const { stdout } = demo;

    await using talker = await Client.connect(echo);
    await stdout.until(new RegExp(`^\\+ echo <[\\d.]+> 127\\.0\\.0\\.1:${talker.socket.localPort}$`, 'm'));
    talker.end('hello');
    await stdout.until(/^- echo <[\d.]+> 127.0.0.1:\d+: closed by the client; 5 B in, 5 B out, \d+ ms$/m);

    expect(
      await (await fetch(`http://127.0.0.1:${http}/`, { headers: { connection: 'close' } })).text(),
    ).toBe('Hello, World!\n');
    await using asker = await Client.connect(daytime);
    await asker.untilClosed();
    await stdout.until(/^- daytime <[\d.]+> .*: closed by the server; 0 B in, 31 B out, /m);

    await using one = await Client.connect(messenger);
    await one.until('nobody yet');
    await using two = await Client.connect(messenger);
    await two.until('Here: <');
    expect(await demo.stop('SIGINT')).toBe(0);
    expect(stdout.text.match(/^- messenger .*: told to end, as the server stops; /gm)).toHaveLength(2);
    expect(stdout.lines.at(-1)).toBe('Stopped. Connections that finished: 2, that were forced: 0.');
  });

  test('takes another port for the one that is taken, and says so', async () => {
    await using taken = await TakenPort.take();
    const { port } = taken;
    await using demo = new Demonstration({ ...ANY_PORTS, echo: port });
    const instead = await demo.portOf('echo');
    expect(instead).not.toBe(port);
    expect(demo.stdout.text).toContain(`Port ${port} is taken, so echo listens on port ${instead}.\n`);
    await using client = await Client.connect(instead);
    client.send('here');
    await client.until('here');
    expect(await demo.stop('SIGINT')).toBe(0);
  });

  test('ends at once when it is told a second time', async () => {
    await using demo = new Demonstration(ANY_PORTS);
    await demo.stdout.until(READY);
    demo.environment.signal('SIGTERM');
    expect(await demo.stop('SIGINT')).toBe(130);
    expect(demo.environment.isListeningToSignals).toBe(false);
  });

  test('is in colour where the terminal has it, and only there', async () => {
    for (const colours of [true, false]) {
      const environment = new TestEnvironment();
      environment.stdout.hasColors = () => colours;
      await using demo = new Demonstration(ANY_PORTS, environment);
      await demo.stdout.until(READY);
      expect(await demo.stop()).toBe(0);
      const { text } = demo.stdout;
      expect(text !== stripVTControlCharacters(text)).toBe(colours);
    }
  });
});
