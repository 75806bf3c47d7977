import { ExitMessage, Runtime } from '../../src/index.ts';
import { probe, testRuntime } from '../../src/testing/index.ts';

const isExit = (message: unknown): message is ExitMessage => message instanceof ExitMessage;

describe('a probe', () => {
  test('records what it receives and gives it out in order', async () => {
    await using runtime = testRuntime();
    const ear = probe(runtime);
    for (const word of ['one', 'two', 'three']) runtime.send(ear.pid, word);
    expect(await ear.next()).toBe('one');
    expect(await ear.next({ match: (message) => message === 'three' })).toBe('three');
    expect(await ear.next()).toBe('two');
    expect(ear.messages).toEqual(['one', 'two', 'three']);
  });

  test('hands a message to the wait it is for, and to that alone', async () => {
    await using runtime = testRuntime();
    const ear = probe(runtime, { name: 'ear' });
    const waits = ['b', 'a'].map((wanted) => ear.next({ match: (message) => message === wanted }));
    for (const word of ['a', 'x', 'b']) runtime.send('ear', word);
    expect(await Promise.all(waits)).toEqual(['b', 'a']);
    await expect(ear.expectNothing()).rejects.toThrow("the probe has received [ 'x' ]");
    await ear.expectNothing({ match: (message) => message !== 'x' });
  });

  test('waits no longer than it is told, and says what has come instead', async () => {
    await using runtime = testRuntime();
    const ear = probe(runtime);
    await expect(ear.next({ timeout: 1 })).rejects.toThrow(
      'waited 1 ms for a message in vain; none has come',
    );
    runtime.send(ear.pid, 'noise');
    const wait = ear.next({ match: (message) => message === 'word', timeout: 1 });
    await expect(wait).rejects.toMatchObject({
      code: 'OTP_TIMEOUT',
      message: expect.stringContaining("these have come and do not match: [ 'noise' ]"),
    });
    expect(await ear.next()).toBe('noise');
  });

  test('tells whoever waits with a match that throws, and lives on', async () => {
    await using runtime = testRuntime();
    const ear = probe(runtime);
    const match = (message: unknown) => (message as { readonly kind: string }).kind === 'word';
    const [naive, other] = [ear.next({ match }), ear.next()];
    runtime.send(ear.pid, null);
    await expect(naive).rejects.toBeInstanceOf(TypeError);
    expect(await other).toBeNull();
    runtime.send(ear.pid, null);
    await runtime.settle();
    await expect(ear.next({ match })).rejects.toBeInstanceOf(TypeError);
    expect(await ear.next()).toBeNull();
  });

  test('acts in its own name, and is told of ends instead of sharing them', async () => {
    await using runtime = testRuntime();
    const ear = probe(runtime);
    const child = await ear.do((self) => self.spawnLink((own) => own.exit('tired')));
    const exit = await ear.next({ match: isExit });
    expect([exit.from, exit.reason]).toEqual([child, 'tired']);
    await expect(ear.do(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    await expect(ear.do(() => ear.pid.toString())).resolves.toBe(ear.pid.toString());
    expect(runtime.isAlive(ear.pid)).toBe(true);
  });

  test('can be one that shares the ends of those it is linked to', async () => {
    const runtime = new Runtime();
    const ear = probe(runtime, { trapExit: false });
    const end = runtime.ended(ear.pid);
    await ear.do((self) => void self.spawnLink((own) => own.exit('tired')));
    expect(await end).toBe('tired');
  });
});
