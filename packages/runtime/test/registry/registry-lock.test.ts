import { Registry, sys } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

/** Processes that lock a key each and write down when they have it; they give it back when they are let go. */
class Lockers {
  readonly log: string[] = [];
  readonly #gates = new Map<string, () => void>();
  readonly #runtime: TestRuntime;

  constructor(runtime: TestRuntime) {
    this.#runtime = runtime;
  }

  async lock(who: string, key: unknown) {
    const puppet = new Puppet(this.#runtime);
    puppet.tell((self) => {
      const locked = Registry.lock(self, 'locks', key, async () => {
        this.log.push(`${who} has it`);
        await new Promise<void>((resolve) => this.#gates.set(who, resolve));
        return who;
      });
      locked.then(
        (value) => this.log.push(`${value} is done`),
        (error: { code?: string; message: string }) =>
          this.log.push(`${who}: ${error.code ?? error.message}`),
      );
    });
    await settle();
    return puppet;
  }

  async letGo(who: string): Promise<void> {
    this.#gates.get(who)?.();
    await settle();
  }
}

async function started() {
  const runtime = new TestRuntime();
  const registry = await Registry.start(runtime, { keys: 'unique' }, { name: 'locks' });
  return { runtime, registry, lockers: new Lockers(runtime) };
}

describe('lock', () => {
  test('lets one process after another, in order [R-19]', async () => {
    const { runtime, registry, lockers } = await started();
    await using _ = runtime;
    for (const who of ['a', 'b', 'c']) await lockers.lock(who, 'key');
    expect(lockers.log).toEqual(['a has it']);
    await lockers.letGo('a');
    expect(lockers.log).toEqual(['a has it', 'a is done', 'b has it']);
    await lockers.letGo('b');
    await lockers.letGo('c');
    expect(lockers.log.slice(3)).toEqual(['b is done', 'c has it', 'c is done']);
    expect(runtime.processInfo(registry)?.monitors).toEqual([]);
  });

  test('of different keys does not wait [R-19]', async () => {
    const { runtime, lockers } = await started();
    await using _ = runtime;
    await lockers.lock('a', 1);
    await lockers.lock('b', 2);
    expect(lockers.log).toEqual(['a has it', 'b has it']);
  });

  test('is released when the code throws [R-19]', async () => {
    const { runtime, lockers } = await started();
    await using _ = runtime;
    const broken = new Error('broken');
    const puppet = new Puppet(runtime);
    const fail = (): never => {
      throw broken;
    };
    await expect(puppet.do((self) => Registry.lock(self, 'locks', 'key', fail))).rejects.toBe(broken);
    await lockers.lock('a', 'key');
    expect(lockers.log).toEqual(['a has it']);
  });

  test('is released when its holder ends, also in the middle of an await [R-19]', async () => {
    const { runtime, lockers } = await started();
    await using _ = runtime;
    const holder = await lockers.lock('a', 'key');
    await lockers.lock('b', 'key');
    runtime.sendExit(holder.pid, 'kill');
    await settle();
    expect(lockers.log).toEqual(['a has it', 'b has it']);
    // What the dead one still does gives nothing back that is not its own.
    await lockers.letGo('a');
    await lockers.lock('c', 'key');
    expect(lockers.log).not.toContain('c has it');
  });

  test('passes over a waiting process that has ended [R-19]', async () => {
    const { runtime, lockers } = await started();
    await using _ = runtime;
    await lockers.lock('a', 'key');
    const waiting = await lockers.lock('b', 'key');
    await lockers.lock('c', 'key');
    runtime.sendExit(waiting.pid, 'kill');
    await lockers.letGo('a');
    expect(lockers.log).toEqual(['a has it', 'a is done', 'c has it']);
  });

  test('rejects when the registry ends, and whoever has it goes on', async () => {
    const { runtime, registry, lockers } = await started();
    await using _ = runtime;
    await lockers.lock('a', 'key');
    await lockers.lock('b', 'key');
    runtime.sendExit(registry, 'kill');
    await lockers.letGo('a');
    expect(lockers.log).toEqual(['a has it', 'b: OTP_CALL_EXIT', 'a is done']);
  });

  test('waits for a registry that is suspended', async () => {
    const { runtime, lockers } = await started();
    await using _ = runtime;
    await sys.suspend(runtime, 'locks');
    await lockers.lock('a', 'key');
    expect(lockers.log).toEqual([]);
    await sys.resume(runtime, 'locks');
    await settle();
    expect(lockers.log).toEqual(['a has it']);
  });
});
