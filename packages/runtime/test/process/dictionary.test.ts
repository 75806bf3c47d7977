import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

describe('the process dictionary', () => {
  test('keeps values under any key, and answers what was there before', async () => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    const key = {};
    const answers = await puppet.do((self) => [
      self.get(key),
      self.put(key, 1),
      self.put(key, 2),
      self.get(key),
      self.erase(key),
      self.erase(key),
      self.get(key),
    ]);
    expect(answers).toEqual([undefined, undefined, 1, 2, 2, undefined, undefined]);
  });

  test('is read as a copy, by the process and by others [Y-19]', async () => {
    await using runtime = new TestRuntime();
    const [puppet, other] = [new Puppet(runtime), new Puppet(runtime)];
    const copy = await puppet.do((self) => {
      self.put('key', 'value');
      return self.dictionary;
    });
    await puppet.do((self) => self.put('key', 'changed'));
    expect(copy).toEqual(new Map([['key', 'value']]));
    expect(runtime.processInfo(puppet.pid, ['dictionary'])).toEqual({
      dictionary: new Map([['key', 'changed']]),
    });
    expect(runtime.processInfo(other.pid, ['dictionary'])).toEqual({ dictionary: new Map() });
  });

  test('ends with its process, whose code keeps nothing more', async () => {
    await using runtime = new TestRuntime();
    const read: unknown[] = [];
    const pid = runtime.spawn(async (self) => {
      self.put('key', 'value');
      await settle(1);
      read.push(self.get('key'), self.put('key', 'late'), self.get('key'));
    });
    await Promise.resolve();
    runtime.sendExit(pid, 'over');
    await settle();
    expect(read).toEqual([undefined, undefined, undefined]);
  });
});
