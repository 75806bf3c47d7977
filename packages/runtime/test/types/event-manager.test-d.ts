/** What the compiler must accept and refuse of event managers. Checked by `tsc`, never run. */
import {
  defineEventHandler,
  EventManager,
  type HandlerCallResult,
  noReply,
  type Runtime,
  removeHandlerWithReply,
  reply,
  type Self,
} from '../../src/index.ts';

declare const runtime: Runtime;
declare const self: Self;

/** Fails to compile unless the two types are the same. */
function same<One, Other>(..._equal: Same<One, Other> extends true ? [] : [never]): void {}
type Same<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

interface Opened {
  readonly type: 'opened';
}
interface Closed {
  readonly type: 'closed';
  readonly bytes: number;
}

const counter = defineEventHandler({
  init: (start: number) => ({ count: start }),
  handleEvent: (event: Opened | Closed, { count }) =>
    noReply({ count: count + (event.type === 'closed' ? 1 : 0) }),
  handleCall: {
    count: (_: undefined, { count }) => reply(count),
    add: (by: number, { count }) => reply('added' as const, { count: count + by }),
    leave: async () => removeHandlerWithReply(true as const),
  },
});
const openings = defineEventHandler({
  init: () => 0,
  handleEvent: (_event: Opened, count) => noReply(count + 1),
});

export async function managers(): Promise<void> {
  const manager = await EventManager.start<Opened | Closed>(runtime);
  await EventManager.addHandler(runtime, manager, counter, 40);
  await EventManager.addSupHandler(self, 'by name', [counter, 'second'], 40);

  const count = await EventManager.call(runtime, manager, counter, 'count');
  same<typeof count, HandlerCallResult<number>>();
  const added = await EventManager.call(self, manager, [counter, 'second'], 'add', 2);
  same<typeof added, HandlerCallResult<'added'>>();
  const left = await EventManager.call(runtime, manager, counter, 'leave', undefined, { timeout: 10 });
  same<typeof left, HandlerCallResult<true>>();

  EventManager.notify(self, manager, { type: 'closed', bytes: 5 });
  EventManager.notify(self, 'by name', 'anything');
  await EventManager.swapHandler(self, manager, counter, { handler: counter, argument: 1 });

  // @ts-expect-error the counter starts with a number
  await EventManager.addHandler(runtime, manager, counter, 'forty');
  // @ts-expect-error a handler of openings alone would be shown closings too
  await EventManager.addHandler(runtime, manager, openings, undefined);
  // @ts-expect-error there is no such event
  EventManager.notify(self, manager, { type: 'broken' });
  // @ts-expect-error there is no such call
  await EventManager.call(runtime, manager, counter, 'total');
  // @ts-expect-error the call carries a number
  await EventManager.call(runtime, manager, counter, 'add', 'two');
  // @ts-expect-error a runtime can own no handler
  await EventManager.addSupHandler(runtime, manager, counter, 40);
  // @ts-expect-error the new handler starts with a number
  await EventManager.swapHandler(self, manager, counter, { handler: counter, argument: 'one' });
}
