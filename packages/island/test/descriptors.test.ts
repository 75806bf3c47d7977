import fc from 'fast-check';
import { DescriptorWatch } from '../src/descriptor-watch.ts';
import {
  connectionsUntilNextLook,
  type DescriptorReading,
  nearer,
  parseFileNr,
  parseOwnLimit,
  readDescriptors,
  reserveOf,
} from '../src/descriptors.ts';
import type { ListenSocket } from '../src/listen-socket.ts';
import type { Socket } from '../src/socket.ts';
import { TestRuntime } from './support/test-island.ts';

describe('what the system says of descriptors', () => {
  test.each([
    ['Max open files            1024                 1048576              files     \n', 1_024],
    [
      'Limit  Soft\nMax processes  5  5\nMax open files  unlimited  unlimited  files\n',
      Number.POSITIVE_INFINITY,
    ],
    ['', Number.POSITIVE_INFINITY],
  ])('%j has the soft limit %d', (text, limit) => {
    expect(parseOwnLimit(text)).toBe(limit);
  });

  test('of the whole system, free ones are not counted as used', () => {
    expect(parseFileNr('1527\t27\t2466170\n')).toEqual({ used: 1_500, limit: 2_466_170 });
    expect(parseFileNr('1527\t0\t9223372036854775807\n').limit).toBeGreaterThan(1e18);
  });

  test('the one with fewer left counts: ENFILE may be nearer than EMFILE', () => {
    const own = { used: 10, limit: 100 };
    expect(nearer(own, { used: 5_000, limit: 5_050 })).toEqual({ used: 5_000, limit: 5_050 });
    expect(nearer(own, { used: 5_000, limit: 50_000 })).toBe(own);
    expect(nearer({ used: 5, limit: Number.POSITIVE_INFINITY }, own)).toBe(own);
  });

  const onLinux = process.platform === 'linux' ? test : test.skip;
  onLinux('is read', () => {
    const reading = readDescriptors() as { used: number; limit: number };
    expect(reading.used).toBeGreaterThan(3);
    expect(reading.used).toBeLessThan(reading.limit);
  });
});

test('at most a quarter of what can be open is kept back', () => {
  expect(reserveOf(64, 1_024)).toBe(64);
  expect(reserveOf(64, 40)).toBe(10);
  expect(reserveOf(64, Number.POSITIVE_INFINITY)).toBe(64);
});

test('however many are left, no look comes after they are gone, if a connection takes four at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 1_000_000 }), (left) => {
      expect(connectionsUntilNextLook(left) * 4).toBeLessThanOrEqual(left);
      expect(connectionsUntilNextLook(left)).toBeGreaterThanOrEqual(1);
    }),
  );
});

/** A process of so many descriptors, and what comes of sockets in it. */
class Scene {
  readonly runtime: TestRuntime;
  used = 0;
  reading: DescriptorReading | (() => DescriptorReading) = () => ({ used: this.used, limit: 100 });
  looks = 0;
  readonly told: number[] = [];
  readonly refused: Stand[] = [];
  readonly served: Stand[] = [];
  watch!: DescriptorWatch;

  constructor(runtime: TestRuntime) {
    this.runtime = runtime;
  }

  /** Runs in a process that owns the watch. */
  static async with(act: (scene: Scene) => Promise<void>, reserve = 20): Promise<void> {
    await using runtime = new TestRuntime();
    const scene = new Scene(runtime);
    let failure: unknown;
    const pid = runtime.spawn(async (self) => {
      scene.watch = new DescriptorWatch(self, {
        reserve,
        backoff: 100,
        read: () => {
          scene.looks++;
          return typeof scene.reading === 'function' ? scene.reading() : scene.reading;
        },
        onShort: ({ used }) => scene.told.push(used),
        onRefused: () => {},
      });
      self.own(scene.watch);
      await act(scene).catch((error: unknown) => {
        failure = error;
      });
    });
    await runtime.ended(pid);
    if (failure !== undefined) throw failure;
  }

  /** So many sockets come, one after the other. */
  come(count: number): Stand[] {
    return Array.from({ length: count }, () => {
      this.used++;
      const stand = new Stand(this);
      this.watch.admit(
        stand as unknown as Socket,
        { push: () => this.served.push(stand) } as unknown as ListenSocket,
      );
      return stand;
    });
  }
}

/** Stands for a socket: it has a descriptor until it is closed. */
class Stand {
  isClosed = false;
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#scene.used--;
  }
}

describe('the watch', () => {
  test('looks seldom as long as there are many, and more often towards the end', async () => {
    await Scene.with(async (scene) => {
      scene.come(80);
      expect(scene.looks).toBeLessThan(20);
      expect(scene.served).toHaveLength(80);
      expect(scene.told).toEqual([]);
    });
  });

  test('lets half of the reserve wait, closes the rest, and tells once', async () => {
    await Scene.with(async (scene) => {
      const sockets = scene.come(120);
      expect(scene.served).toHaveLength(80);
      expect(scene.watch.waiting).toBe(10);
      expect(sockets.filter((each) => each.isClosed)).toHaveLength(30);
      expect(scene.used).toBe(90);
      expect(scene.told).toEqual([81]);
      scene.watch.close();
      expect(scene.used).toBe(80);
    });
  });

  test('lets in who has waited longest, as many as there is place for, whenever it looks', async () => {
    await Scene.with(async (scene) => {
      const sockets = scene.come(90);
      for (const socket of sockets.slice(0, 3)) socket.close();
      await scene.runtime.clock.advance(99);
      expect(scene.served).toHaveLength(80);
      await scene.runtime.clock.advance(1);
      expect(scene.served.slice(80)).toEqual(sockets.slice(80, 83));
      expect(scene.watch.waiting).toBe(7);
      for (const socket of sockets.slice(3, 20)) socket.close();
      await scene.runtime.clock.advance(100);
      expect(scene.watch.waiting).toBe(0);
      scene.come(1);
      expect(scene.served).toHaveLength(91);
      expect(scene.told).toEqual([81]);
    });
  });

  test('forgets who was closed while it waited', async () => {
    await Scene.with(async (scene) => {
      const sockets = scene.come(85);
      sockets[80]?.close();
      sockets[0]?.close();
      await scene.runtime.clock.advance(100);
      expect(scene.served.slice(80)).toEqual([sockets[81]]);
    });
  });

  test('takes it for the limit when there is no descriptor left to look with', async () => {
    await Scene.with(async (scene) => {
      scene.come(1);
      scene.reading = 'exhausted';
      const sockets = scene.come(40);
      expect(scene.told).toEqual([100]);
      expect(sockets.some((each) => each.isClosed)).toBe(true);
      expect(scene.watch.waiting).toBe(0);
    });
  });

  test('goes on as ever once it can look, if there was no descriptor left to look with from the start', async () => {
    await Scene.with(async (scene) => {
      const reading = scene.reading;
      scene.reading = 'exhausted';
      scene.come(30);
      expect(scene.served).toEqual([]);
      scene.reading = reading;
      await scene.runtime.clock.advance(100);
      expect(scene.watch.waiting).toBe(0);
      scene.come(90);
      expect(scene.served).toHaveLength(80);
      expect(scene.watch.waiting).toBe(10);
    });
  });

  test.each([
    ['there is nothing to read', 20, undefined],
    ['nothing is to be kept back', 0, () => ({ used: 100, limit: 100 })],
  ])('lets everybody in where %s', async (_, reserve, reading) => {
    await Scene.with(async (scene) => {
      scene.reading = reading;
      scene.come(200);
      expect(scene.served).toHaveLength(200);
      expect(scene.looks).toBeLessThanOrEqual(1);
    }, reserve);
  });

  test('neither loses nor invents anybody, nor goes beyond its half, whatever comes and goes', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('come' as const), count: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ kind: fc.constant('go' as const), count: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ kind: fc.constant('wait' as const), count: fc.constant(100) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        await Scene.with(async (scene) => {
          const all: Stand[] = [];
          for (const { kind, count } of steps) {
            if (kind === 'come') all.push(...scene.come(count));
            if (kind === 'go')
              for (const each of scene.served.filter((one) => !one.isClosed).slice(0, count)) each.close();
            if (kind === 'wait') await scene.runtime.clock.advance(count);
            expect(scene.used).toBeLessThanOrEqual(90);
            expect(scene.used - scene.watch.waiting).toBeLessThanOrEqual(80);
            const closedUnserved = all.filter((each) => each.isClosed && !scene.served.includes(each)).length;
            expect(scene.served.length + scene.watch.waiting + closedUnserved).toBe(all.length);
          }
        });
      }),
      { numRuns: 50 },
    );
  });
});
