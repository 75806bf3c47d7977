import { Runtime } from '../../src/index.ts';
import { settle, testRuntime } from '../../src/testing/index.ts';

describe('settle of a runtime', () => {
  test('goes on as long as there are messages, whatever turn of the loop they come in', async () => {
    await using runtime = testRuntime({ leftovers: 'end' });
    let received = 0;
    const pid = runtime.spawn({
      receive: async (left, self) => {
        await new Promise((resolve) => setImmediate(resolve));
        received++;
        if ((left as number) > 0) self.send(self.pid, (left as number) - 1);
      },
    });
    runtime.send(pid, 99);
    await settle(runtime);
    expect(received).toBe(100);
  });

  test('ends at once if there is nothing to do', async () => {
    await settle(new Runtime());
  });

  test('names who never comes to rest', async () => {
    const clock = jest.spyOn(performance, 'now');
    const runtime = new Runtime();
    const restless = runtime.spawn({ receive: (_, self) => self.sendSelfAfterIo('again') });
    runtime.send(restless, 'first');
    let now = 0;
    clock.mockImplementation(() => (now += 500));
    try {
      await expect(settle(runtime)).rejects.toThrow(/has not come to rest within 4000 ms/);
    } finally {
      clock.mockRestore();
      runtime.sendExit(restless, 'kill');
    }
  });
});
