import { type Pid, type Resource, Runtime } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';

class Thing implements Resource {
  closed = 0;
  close(): void {
    this.closed++;
  }
}

/** Two processes that live until they are killed; the first owns the thing. */
async function owners(runtime: Runtime, thing: Thing) {
  const other = runtime.spawn(async (self) => void (await self.receive()));
  let give: (to: Pid) => boolean = () => false;
  const first = runtime.spawn(async (self) => {
    self.own(thing);
    give = (to) => self.giveAway(thing, to);
    await self.receive();
  });
  await settle();
  return { first, other, give: (to: Pid): boolean => give(to) };
}

describe('giveAway', () => {
  test('makes the other process the owner: only its end closes the resource', async () => {
    const runtime = new Runtime();
    const thing = new Thing();
    const { first, other, give } = await owners(runtime, thing);
    expect(give(other)).toBe(true);
    runtime.sendExit(first, 'kill');
    expect(thing.closed).toBe(0);
    runtime.sendExit(other, 'kill');
    expect(thing.closed).toBe(1);
  });

  test('closes the resource at once if the other process has ended', async () => {
    const runtime = new Runtime();
    const thing = new Thing();
    const { first, other, give } = await owners(runtime, thing);
    runtime.sendExit(other, 'kill');
    expect(give(other)).toBe(false);
    expect(thing.closed).toBe(1);
    runtime.sendExit(first, 'kill');
    expect(thing.closed).toBe(1);
  });

  test('to itself changes nothing', async () => {
    const runtime = new Runtime();
    const thing = new Thing();
    const { first, other, give } = await owners(runtime, thing);
    expect(give(first)).toBe(true);
    runtime.sendExit(other, 'kill');
    runtime.sendExit(first, 'kill');
    expect(thing.closed).toBe(1);
  });
});
