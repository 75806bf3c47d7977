import { settle } from '@thousand-island/runtime/testing';
import type { Alarm, Handler } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { processAt } from './support/processes.ts';
import { leave, served } from './support/served.ts';
import { TestIsland } from './support/test-island.ts';

const echo: Handler = { handleData: (data, socket) => socket.send(data) };
const one = { acceptors: 1, readTimeout: 'infinity' } as const;

function alarmed(threshold: number, cooldown?: number) {
  const fired = new Channel<Alarm>();
  const callback = (alarm: Alarm): void => fired.push(alarm);
  return { fired, alarm: { threshold, callback, ...(cooldown === undefined ? {} : { cooldown }) } };
}

describe('an alarm', () => {
  test('goes off when an acceptor has as many connections as it says, and tells of them', async () => {
    const { fired, alarm } = alarmed(3);
    await using island = await TestIsland.start(echo, { ...one, alarms: { many: alarm } });
    await served(island);
    await served(island);
    await settle();
    expect(fired.seen).toEqual([]);
    await served(island);
    const told = await fired.next();
    expect(told).toMatchObject({ name: 'many', acceptor: 'acceptor-1', threshold: 3, connections: 3 });
    expect(told.pids).toEqual(await island.server.connections());
  });

  test('is quiet for 5 s unless said, and goes off again if there are still as many', async () => {
    const { fired, alarm } = alarmed(2);
    await using island = await TestIsland.start(echo, { ...one, alarms: { many: alarm } });
    const first = await served(island);
    await served(island);
    await fired.next();
    await served(island);
    await island.clock.advance(4_999);
    await settle();
    expect(fired.seen).toHaveLength(1);
    await island.clock.advance(1);
    expect((await fired.next()).connections).toBe(3);
    await leave(island, first);
    await island.clock.advance(5_000);
    expect((await fired.next()).connections).toBe(2);
  });

  test('stays quiet when there are fewer by then, until there are as many again', async () => {
    const { fired, alarm } = alarmed(2, 100);
    await using island = await TestIsland.start(echo, { ...one, alarms: { many: alarm } });
    const first = await served(island);
    await served(island);
    await fired.next();
    await leave(island, first);
    await island.clock.advance(1_000);
    await settle();
    expect(fired.seen).toHaveLength(1);
    await served(island);
    await fired.next();
  });

  test('that throws, or never ends, harms nobody', async () => {
    await using island = await TestIsland.start(echo, {
      ...one,
      alarms: {
        throws: { threshold: 1, callback: () => Promise.reject(new Error('boom')) },
        hangs: { threshold: 1, callback: (_alarm, self) => self.sleep(1_000_000) },
      },
    });
    await served(island);
    await served(island);
    await settle();
    expect(island.runtime.crashes).toEqual([new Error('boom')]);
  });

  test('is one for each acceptor and name, each with its own threshold', async () => {
    const few = alarmed(1);
    const many = alarmed(2);
    await using island = await TestIsland.start(echo, {
      ...one,
      acceptors: 2,
      alarms: { few: few.alarm, many: many.alarm },
    });
    for (let each = 0; each < 4; each++) await served(island);
    expect((await few.fired.take(2)).map((each) => each.acceptor).sort()).toEqual([
      'acceptor-1',
      'acceptor-2',
    ]);
    expect((await many.fired.take(2)).map((each) => each.connections)).toEqual([2, 2]);
  });

  test('that is replaced keeps what is left of its cooldown; a new one can go off at once', async () => {
    const before = alarmed(1);
    const after = alarmed(1);
    const other = alarmed(1);
    await using island = await TestIsland.start(echo, { ...one, alarms: { many: before.alarm } });
    await served(island);
    await before.fired.next();
    await island.clock.advance(2_000);
    await island.server.setOptions({ alarms: { many: after.alarm, other: other.alarm } });
    await other.fired.next();
    await served(island);
    await island.clock.advance(2_999);
    await settle();
    expect(after.fired.seen).toEqual([]);
    await island.clock.advance(1);
    expect((await after.fired.next()).connections).toBe(2);
    expect(before.fired.seen).toHaveLength(1);
    await island.server.setOptions({ alarms: {} });
    await island.clock.advance(10_000);
    await settle();
    expect(after.fired.seen).toHaveLength(1);
  });

  test('survives its acceptor', async () => {
    const { fired, alarm } = alarmed(1);
    await using island = await TestIsland.start(echo, { ...one, alarms: { many: alarm } });
    await served(island);
    await fired.next();
    await island.clock.advance(2_000);
    const worker = await processAt(
      island.runtime,
      island.server.pid,
      'acceptorSupervisor/acceptor-1/acceptorWorker',
    );
    island.runtime.sendExit(worker, 'kill');
    await served(island);
    expect(fired.seen).toHaveLength(1);
    await island.clock.advance(3_000);
    expect((await fired.next()).connections).toBe(2);
  });

  test('counts those that count against the limit', async () => {
    const { fired, alarm } = alarmed(2);
    await using island = await TestIsland.start(
      { ...echo, handleConnection: (socket) => socket.removeConnection() },
      { ...one, alarms: { many: alarm } },
    );
    await served(island);
    await served(island);
    await served(island);
    await settle();
    expect(fired.seen).toEqual([]);
  });
});
