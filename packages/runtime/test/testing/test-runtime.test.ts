import { defineServer, GenServer, Runtime } from '../../src/index.ts';
import { leftovers, probe, testRuntime } from '../../src/testing/index.ts';

describe('testRuntime', () => {
  test('fails a test that leaves something, names it, and ends it', async () => {
    const runtime = testRuntime();
    runtime.spawn((self) => {
      self.setLabel('sleeper');
      self.register('sleepy');
      return self.sleep(10);
    });
    await expect(runtime[Symbol.asyncDispose]()).rejects.toThrow(
      /^the test has left:\n {2}process <\d+\.1\.0> sleeper\n {2}name sleepy of <\d+\.1\.0>\n {2}timer due in 10 ms$/,
    );
    expect(runtime.processCount).toBe(0);
    expect(runtime.leftovers()).toEqual([]);
  });

  test('ends also what never comes to rest', async () => {
    const runtime = testRuntime({ leftovers: 'end' });
    const restless = runtime.spawn({ receive: (_, self) => self.send(self.pid, 'again') });
    runtime.send(restless, 'first');
    await runtime[Symbol.asyncDispose]();
    expect(runtime.leftovers()).toEqual([]);
  });

  test('says nothing of a test that has been told to end what is left', async () => {
    const runtime = testRuntime({ leftovers: 'end' });
    runtime.spawn((self) => self.sleep(10));
    await runtime[Symbol.asyncDispose]();
    expect(runtime.leftovers()).toEqual([]);
  });

  test('fails all the same if something cannot be ended: a timer that will send to a name', async () => {
    const runtime = testRuntime({ leftovers: 'end' });
    runtime.spawn((self) => void self.sendAfter(5, 'nobody', 'hello'));
    await runtime.settle();
    await expect(runtime[Symbol.asyncDispose]()).rejects.toThrow('cannot be ended:\n  timer due in 5 ms');
    await runtime.clock.advance(5);
  });

  test('does the same things in the same order each time, however long they take', async () => {
    const orders = [];
    for (const slow of [0, 1]) {
      await using runtime = testRuntime({ leftovers: 'end' });
      const order: number[] = [];
      const pids = Array.from({ length: 3 }, (_, number) =>
        runtime.spawn({
          receive: async (left, self) => {
            order.push(number);
            for (const until = performance.now() + slow; performance.now() < until; );
            if (number === 1) await Promise.resolve();
            if ((left as number) > 0) self.send(self.pid, (left as number) - 1);
          },
        }),
      );
      for (const pid of pids) runtime.send(pid, 60);
      await runtime.settle();
      orders.push(order);
    }
    expect(orders[0]).toHaveLength(183);
    expect(orders[0]).toEqual(orders[1]);
  });
});

describe('leftovers', () => {
  test('of a runtime are its processes, names, timers, monitors and links', async () => {
    await using runtime = testRuntime({ leftovers: 'end' });
    const one = await GenServer.start(runtime, defineServer({ init: () => 0 }), undefined, { name: 'one' });
    runtime.spawn((self) => {
      self.setLabel('two');
      self.link(one.pid);
      self.monitor(one.pid);
      return self.sleep(7);
    });
    await runtime.settle();
    const [first, second] = ['one', 'two'].map(
      (name, index) => `<${one.pid.runtime}.${index + 1}.0> ${name}`,
    );
    expect(leftovers(runtime).map(({ kind, what }) => `${kind} ${what}`)).toEqual([
      `process ${first}`,
      `process ${second}`,
      `name one of ${one.pid}`,
      'timer due in 7 ms',
      `monitor ${second} of ${first}`,
      `link ${first} to ${second}`,
    ]);
  });

  test('leave out what was there before, but not what it has to do with the new', async () => {
    await using runtime = testRuntime({ leftovers: 'end' });
    const old = runtime.spawn({ receive: () => {} });
    const before = runtime.processes();
    expect(leftovers(runtime, { except: before })).toEqual([]);
    runtime.spawn((self) => {
      self.link(old);
      return self.receive();
    });
    await runtime.settle();
    expect(leftovers(runtime, { except: before }).map(({ kind }) => kind)).toEqual(['process', 'link']);
  });

  test('leave out probes', async () => {
    const runtime = new Runtime();
    const { pid } = probe(runtime, { name: 'ear' });
    expect(leftovers(runtime)).toEqual([]);
    runtime.sendExit(pid, 'kill');
  });
});
