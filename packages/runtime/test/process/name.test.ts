import { Runtime } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const idle = { receive: () => {} };

describe('register', () => {
  test.each([['a string'], [Symbol('a symbol')]])(
    'lets a process be found under its name: %p [N-01]',
    async (name) => {
      await using runtime = new TestRuntime();
      const puppet = new Puppet(runtime);
      runtime.register(name, puppet.pid);
      expect(runtime.whereis(name)).toBe(puppet.pid);
      expect(runtime.processInfo(puppet.pid)?.name).toBe(name);
      runtime.send(name, 'hello');
      await settle();
      expect(puppet.seen).toEqual(['hello']);
    },
  );

  test('refuses a name that another process has, which keeps it [N-02]', async () => {
    await using runtime = new TestRuntime();
    const [holder, other] = [runtime.spawn(idle), new Puppet(runtime)];
    runtime.register('name', holder);
    expect(() => runtime.register('name', other.pid)).toThrow(
      expect.objectContaining({ code: 'OTP_NAME_TAKEN' }),
    );
    await expect(other.do((self) => self.register('name'))).rejects.toMatchObject({ code: 'OTP_NAME_TAKEN' });
    expect(runtime.whereis('name')).toBe(holder);
    expect(runtime.processInfo(other.pid)?.name).toBeUndefined();
  });

  test('refuses a second name for the same process [N-03]', async () => {
    await using runtime = new TestRuntime();
    const pid = runtime.spawn(idle);
    runtime.register('first', pid);
    expect(() => runtime.register('second', pid)).toThrow(
      expect.objectContaining({ code: 'OTP_NAME_TAKEN' }),
    );
    expect(runtime.whereis('second')).toBeUndefined();
    expect(runtime.whereis('first')).toBe(pid);
  });

  test('refuses dead processes, what is no name and what is no pid [N-04]', async () => {
    await using runtime = new TestRuntime();
    const alive = runtime.spawn(idle);
    const dead = runtime.spawn(() => {});
    await settle();
    const attempts: [unknown, unknown][] = [
      ['name', dead],
      [undefined, alive],
      ['', alive],
      [7, alive],
      ['name', 'alive'],
    ];
    for (const [name, pid] of attempts) {
      expect(() => runtime.register(name as never, pid as never)).toThrow(
        expect.objectContaining({ code: 'OTP_BAD_ARGUMENT' }),
      );
    }
    expect(runtime.whereis('name')).toBeUndefined();
  });
});

describe('the end of a process', () => {
  test('frees its name before anybody learns of it [N-05]', async () => {
    await using runtime = new TestRuntime();
    const found: unknown[] = [];
    const holder = runtime.spawn(idle);
    runtime.register('name', holder);
    const look = {
      receive: (message: unknown) => {
        found.push([(message as { type: string }).type, runtime.whereis('name')]);
      },
    };
    const trapper = await Puppet.trapping(runtime);
    await trapper.do((self) => self.link(holder));
    runtime.spawn(async (self) => {
      self.monitor(holder);
      look.receive(await self.receive());
      self.register('name');
      await self.receive();
    });
    await settle();
    const ended = runtime.ended(holder).then(() => found.push(['promise', runtime.whereis('name')]));
    runtime.events.on('process:exit', () => found.push(['event', runtime.whereis('name')]));
    runtime.sendExit(holder, 'over');
    expect(runtime.whereis('name')).toBeUndefined();
    await ended;
    await settle();
    expect(found.slice(0, 2)).toContainEqual(['event', undefined]);
    expect(found).toContainEqual(['down', undefined]);
    expect(runtime.whereis('name')).toBeDefined();
    expect(trapper.seen).toHaveLength(1);
  });
});

describe('unregister', () => {
  test('refuses a name that nobody has [N-06]', async () => {
    await using runtime = new TestRuntime();
    expect(() => runtime.unregister('nobody')).toThrow(expect.objectContaining({ code: 'OTP_NOPROC' }));
  });

  test('frees the name and leaves the process', async () => {
    await using runtime = new TestRuntime();
    const pid = runtime.spawn(idle);
    runtime.register('name', pid);
    runtime.unregister('name');
    expect(runtime.whereis('name')).toBeUndefined();
    runtime.register('other name', pid);
    expect(runtime.whereis('other name')).toBe(pid);
  });
});

describe('send', () => {
  test('to a name that nobody has is an error [N-07]', async () => {
    await using runtime = new TestRuntime();
    expect(() => runtime.send('nobody', 1)).toThrow(expect.objectContaining({ code: 'OTP_NOPROC' }));
    const puppet = new Puppet(runtime);
    await expect(puppet.do((self) => self.send('nobody', 1))).rejects.toMatchObject({ code: 'OTP_NOPROC' });
  });

  test('to a dead pid is nothing [N-07, M-07]', async () => {
    await using runtime = new TestRuntime();
    const dead = runtime.spawn(() => {});
    await settle();
    expect(runtime.send(dead, 1)).toBeUndefined();
    expect(runtime.sendAfterIo(dead, 1)).toBeUndefined();
    const puppet = new Puppet(runtime);
    await expect(puppet.do((self) => self.send(dead, 1))).resolves.toBeUndefined();
  });

  test('to what is no address is refused by name', async () => {
    await using runtime = new TestRuntime();
    expect(() => runtime.send(undefined as never, 1)).toThrow(
      'an address must be a pid or a registered name, not undefined',
    );
  });
});

test('a call to a name that nobody has fails with noproc, and a cast is nothing [N-08]', async () => {
  await using runtime = new TestRuntime();
  const puppet = new Puppet(runtime);
  expect(runtime.cast('nobody', 'request')).toBeUndefined();
  await expect(runtime.call('nobody', 'request')).rejects.toMatchObject({ code: 'OTP_NOPROC' });
  await puppet.do((self) => self.cast('nobody', 'request'));
  await expect(puppet.do((self) => self.call('nobody', 'request'))).rejects.toMatchObject({
    code: 'OTP_NOPROC',
  });
});

test('runtimes do not see each other’s names', async () => {
  await using runtime = new TestRuntime();
  runtime.register('name', runtime.spawn(idle));
  expect(new Runtime().whereis('name')).toBeUndefined();
});
