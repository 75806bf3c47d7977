import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { basename } from 'node:path';
import { Writable } from 'node:stream';
import { defineHandler, error } from '@thousand-island/island';
import type { Pid, ProcessSpawned } from '@thousand-island/runtime';
import { Client } from '../../handlers/test/support/client.ts';
import { main } from '../src/main.ts';
import { TakenPort } from './support/taken-port.ts';
import { TestEnvironment } from './support/test-environment.ts';

/** A program that serves, in the test's hands. At the end of the test it is stopped, in good order or not. */
class Serving implements AsyncDisposable {
  readonly environment: TestEnvironment;
  readonly port: number;
  readonly exitCode: Promise<number>;

  private constructor(environment: TestEnvironment, port: number, exitCode: Promise<number>) {
    this.environment = environment;
    this.port = port;
    this.exitCode = exitCode;
  }

  static async start(line: string, environment = new TestEnvironment()): Promise<Serving> {
    const exitCode = main(['serve', ...line.split(' '), '--port', '0', '--json'], environment);
    const [, port] = await environment.stdout.until(/"port":(\d+)/);
    return new Serving(environment, Number(port), exitCode);
  }

  /** Stops it with a signal; answers its exit code. */
  stop(signal: 'SIGINT' | 'SIGTERM' = 'SIGTERM'): Promise<number> {
    this.environment.signal(signal);
    return this.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.environment.signal('SIGTERM');
    await this.stop();
  }
}

/** Any module that is there: the environment says what it exports. */
const MODULE = `../${basename(__filename)}`;

const stubborn = defineHandler({
  handleConnection: (socket) => socket.send('hello\n'),
  handleShutdown: () => new Promise<void>(() => {}),
});

describe('island serve', () => {
  test.each(['::1', '[::1]'])('listens on --host %s', async (host) => {
    await using serving = await Serving.start(`echo --host ${host}`);
    expect(serving.environment.stdout.text).toContain('"address":"::1"');
  });

  test('prints one line when it listens and one when it has stopped, and exits with 0', async () => {
    await using serving = await Serving.start('echo');
    const { stdout, stderr } = serving.environment;
    expect(stdout.text).toBe(`{"event":"listening","address":"127.0.0.1","port":${serving.port}}\n`);
    await using client = await Client.connect(serving.port);
    client.send('hello');
    await client.until('hello');
    expect(await serving.stop('SIGINT')).toBe(0);
    expect(stdout.lines.slice(1)).toEqual(['{"event":"stopped","finished":1,"forced":0}']);
    expect(stderr.text).toBe('');
    expect(serving.environment.isListeningToSignals).toBe(false);
  });

  test('says the same in words without --json', async () => {
    const environment = new TestEnvironment();
    const exitCode = main(['serve', 'daytime', '--port=0'], environment);
    const [line] = await environment.stdout.until(/^daytime listens on 127\.0\.0\.1:\d+\n/);
    environment.signal('SIGTERM');
    expect(await exitCode).toBe(0);
    expect(environment.stdout.text).toBe(
      `${line}stopped; connections that finished: 0, that were forced: 0\n`,
    );
  });

  test.each([
    ['echo', 'hello', 'hello'],
    ['http-hello-world', 'GET / HTTP/1.0\r\n\r\n', 'Hello, World!\n'],
    ['daytime', '', 'GMT\r\n'],
    ['messenger', '', 'nobody yet'],
  ])('serves the ready handler %s', async (name, question, answer) => {
    await using serving = await Serving.start(name);
    await using client = await Client.connect(serving.port);
    client.send(question);
    await client.until(answer);
    expect(await serving.stop()).toBe(0);
  });

  test('serves the default export of a module, or the one that is named', async () => {
    const saying = (text: string) => ({
      handleConnection: (socket: { send(data: string): void }) => socket.send(text),
    });
    const exports = { default: saying('one'), two: saying('two') };
    for (const [reference, answer] of [
      [MODULE, 'one'],
      [`${MODULE}#two`, 'two'],
    ] as const) {
      await using serving = await Serving.start(reference, new TestEnvironment(exports));
      await using client = await Client.connect(serving.port);
      await client.until(answer);
      await serving.stop();
    }
  });

  test('serves with the options it is given', async () => {
    await using serving = await Serving.start('echo --host ::1 --acceptors 1 --read-timeout infinity');
    expect(serving.environment.stdout.text).toContain('"address":"::1"');
    expect(await serving.stop()).toBe(0);

    await using impatient = await Serving.start('echo --read-timeout 20');
    await using client = await Client.connect(impatient.port);
    expect(await client.untilClosed()).toBe('');
    await impatient.stop();
  });

  test('bounds the connections of each acceptor', async () => {
    await using serving = await Serving.start('echo --acceptors 1 --max-connections 0');
    await using refused = await Client.connect(serving.port);
    const stopping = serving.stop();
    expect(await refused.untilClosed()).toBe('');
    expect(await stopping).toBe(0);
    expect(serving.environment.stdout.lines.slice(1)).toEqual([
      '{"event":"stopped","finished":0,"forced":0}',
    ]);
  });

  test.each([
    ['off', 'PROXY UNKNOWN\r\nhello'],
    ['optional', 'hello'],
    ['required', 'hello'],
  ])('with --proxy-protocol %s', async (mode, echo) => {
    await using serving = await Serving.start(`echo --proxy-protocol ${mode}`);
    await using client = await Client.connect(serving.port);
    client.send('PROXY UNKNOWN\r\nhello');
    await client.until(echo);
    expect(client.text).toBe(echo);
    await serving.stop();
  });

  test.each([
    ['20', 1, 1],
    ['brutal-kill', 0, 2],
  ])(
    'with --shutdown-timeout %s counts the connections that finished and were forced',
    async (timeout, ...counts) => {
      const [finished, forced] = counts;
      const choosy = defineHandler({
        handleData: (data, socket) => socket.send(data),
        handleShutdown: (socket) =>
          socket.getstat().receivedBytes === 1 ? undefined : new Promise<void>(() => {}),
      });
      const environment = new TestEnvironment({ default: choosy });
      await using serving = await Serving.start(`${MODULE} --shutdown-timeout ${timeout}`, environment);
      await using one = await Client.connect(serving.port);
      await using two = await Client.connect(serving.port);
      one.send('1');
      two.send('22');
      await Promise.all([one.until('1'), two.until('22')]);
      expect(await serving.stop()).toBe(0);
      expect(environment.stdout.lines[1]).toBe(
        `{"event":"stopped","finished":${finished},"forced":${forced}}`,
      );
    },
  );

  test('while it drains, listens no more; and a second signal ends it at once', async () => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      let told = (): void => {};
      const draining = new Promise<void>((resolve) => {
        told = resolve;
      });
      const handler = defineHandler({
        ...stubborn,
        handleShutdown() {
          told();
          return new Promise<void>(() => {});
        },
      });
      const environment = new TestEnvironment({ default: handler });
      await using serving = await Serving.start(`${MODULE} --shutdown-timeout infinity`, environment);
      await using client = await Client.connect(serving.port);
      await client.until('hello');
      environment.signal('SIGTERM');
      await draining;
      await expect(Client.connect(serving.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      expect(await serving.stop(signal)).toBe(code);
      await client.untilClosed();
      expect(environment.stdout.lines).toHaveLength(1);
    }
  });

  test('reports a connection that crashes on stderr, with the stack indented, and serves the others', async () => {
    const crashing = defineHandler({
      handleData(data, socket) {
        if (data.toString() === 'throw') throw new TypeError('this is\nwrong');
        return data.toString() === 'error' ? error('that too') : socket.send(data);
      },
    });
    const environment = new TestEnvironment({ default: crashing });
    await using serving = await Serving.start(MODULE, environment);
    await using bystander = await Client.connect(serving.port);
    await using thrower = await Client.connect(serving.port);
    const { localPort } = thrower.socket;
    thrower.send('throw');
    await thrower.untilClosed();
    await using other = await Client.connect(serving.port);
    other.send('error');
    await other.untilClosed();
    bystander.send('fine');
    await bystander.until('fine');
    await serving.stop();

    const { stdout, stderr } = environment;
    const [first, ...rest] = stderr.lines;
    expect(first).toMatch(
      /^error: connection <[\d.]+> from 127\.0\.0\.1:\d+ crashed: TypeError: this is wrong$/,
    );
    expect(first).toContain(`:${localPort} `);
    const last = rest.pop();
    expect(last).toMatch(/^error: connection <[\d.]+> from 127\.0\.0\.1:\d+ crashed: that too$/);
    expect(rest.length).toBeGreaterThan(0);
    for (const frame of rest) expect(frame).toMatch(/^ {4}at /);
    expect(stdout.lines).toHaveLength(2);
  });

  test('reports a connection whose handler cannot be initialised', async () => {
    const failing = defineHandler({
      init() {
        throw new Error('no state');
      },
    });
    const environment = new TestEnvironment({ default: failing });
    await using serving = await Serving.start(MODULE, environment);
    await using client = await Client.connect(serving.port);
    await client.untilClosed();
    await environment.stderr.until(
      /^error: a connection could not be started: Error: no state acceptor=<[\d.]+>\n {4}at /,
    );
    await serving.stop();
  });

  test.each([
    ['error', 0],
    ['info', 3],
    ['debug', 2 * 10 + 2 + 3 + 3],
    ['trace', 2 * 10 + 2 + 3 + 3 + 3],
  ])('with --log %s logs so much to stderr, and nothing to stdout', async (level, count) => {
    await using serving = await Serving.start(`echo --log ${level}`);
    const { stdout, stderr } = serving.environment;
    await using client = await Client.connect(serving.port);
    client.send('a\x1b[31mb c');
    await client.until('c');
    expect(await serving.stop()).toBe(0);
    expect(stdout.lines).toHaveLength(2);
    expect(stderr.lines).toHaveLength(count);
    for (const line of stderr.lines) expect(line).toMatch(/^(error|info|debug|trace): [a-z ]+( \w+=\S+)+/);
    if (level === 'error') return;
    expect(stderr.lines[0]).toBe(`info: the server listens address=127.0.0.1:${serving.port} transport=tcp`);
    expect(stderr.lines).toContain('info: the connections are drained told=1 finished=1 forced=0');
    const end = stderr.lines.find((line) => line.startsWith('debug: a connection has ended'));
    expect(
      end?.replaceAll(/=(<|127|[\da-f]{16})\S*/g, '=…').replace(/durationMs=[\d.]+/, 'durationMs=…'),
    ).toBe(
      level === 'info'
        ? undefined
        : 'debug: a connection has ended connection=… span=… remote=… sentBytes=9 sentCount=1 receivedBytes=9 receivedCount=1 durationMs=…',
    );
    if (level !== 'trace') return;
    const data = stderr.lines.filter((line) => line.includes(' bytes=9 data="a\\u001b[31mb c"'));
    expect(data.map((line) => line.slice(0, 20))).toEqual(['trace: data has come', 'trace: data was sent']);
  });

  test('exits with 1 when the port is taken', async () => {
    await using taken = await TakenPort.take();
    const { port } = taken;
    const environment = new TestEnvironment();
    expect(await main(['serve', 'echo', '--port', String(port)], environment)).toBe(1);
    expect(environment.stderr.lines[0]).toMatch(
      `island: cannot listen on 127.0.0.1:${port}: listen EADDRINUSE`,
    );
    expect(environment.stdout.text).toBe('');
  });

  test('exits with 1 when the module throws, and shows where', async () => {
    const environment = new TestEnvironment();
    const failing = { ...environment, importModule: () => Promise.reject(new Error('at load')) };
    expect(await main(['serve', MODULE], failing)).toBe(1);
    expect(environment.stderr.text).toMatch(`island: cannot load '${MODULE}': Error: at load\n    at `);
  });

  test('exits with 1 when the supervisor has given up', async () => {
    const roots: Pid[] = [];
    const onSpawn = (message: unknown): void => {
      const { pid, parent } = message as ProcessSpawned;
      if (parent === undefined) roots.push(pid);
    };
    subscribe('otp:process:spawn', onSpawn);
    const killing = defineHandler({
      handleConnection: (_socket, _state, self) => {
        for (const pid of roots) self.sendExit(pid, 'kill');
      },
    });
    const environment = new TestEnvironment({ default: killing });
    await using serving = await Serving.start(MODULE, environment);
    unsubscribe('otp:process:spawn', onSpawn);
    await using client = await Client.connect(serving.port);
    expect(await serving.exitCode).toBe(1);
    expect(environment.stderr.text).toContain('island: the server has given up: killed\n');
    await client.untilClosed();
  });

  test('goes on when nobody reads what it prints any more', async () => {
    const environment = new TestEnvironment();
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('broken pipe'), { code: 'EPIPE' })),
    });
    const exitCode = main(['serve', 'echo', '--port', '0'], { ...environment, stdout });
    await once(stdout, 'error');
    environment.signal('SIGINT');
    expect(await exitCode).toBe(0);
  });
});

describe('island serve messenger', () => {
  test('carries what one client says to the others, or to the one it names', async () => {
    await using serving = await Serving.start('messenger');
    const join = async (): Promise<{ client: Client; name: string }> => {
      const client = await Client.connect(serving.port);
      const text = await client.until('Here: ');
      return { client, name: /<[\d.]+>/.exec(text)?.[0] ?? '' };
    };
    const [ann, bob, cid] = [await join(), await join(), await join()];
    await using _ann = ann.client;
    await using _bob = bob.client;
    await using _cid = cid.client;
    ann.client.send('ahoy \x1b[31mall\n');
    await bob.client.until(`${ann.name}: ahoy  [31mall\r\n`);
    await cid.client.until(`${ann.name}: ahoy  [31mall\r\n`);
    bob.client.send(`${ann.name} between us\n<0.0.0> anybody?\n`);
    await ann.client.until(`${bob.name}, to you: between us\r\n`);
    await bob.client.until('There is no <0.0.0> here.\r\n');
    bob.client.end();
    await cid.client.until(`${bob.name} has left.\r\n`);
    expect(ann.client.text).not.toContain('ahoy');
    expect(cid.client.text).not.toContain('between us');
  });
});
