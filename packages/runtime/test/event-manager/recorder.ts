import {
  defineEventHandler,
  EventManager,
  type HandlerEnd,
  noReply,
  type Runtime,
  removeHandlerWithReply,
  reply,
  type Self,
  type SwapPlan,
  stop,
  swapHandlerWithReply,
} from '../../src/index.ts';

/** Who a recorder is, and where it writes down what happens to it. */
export interface Told {
  readonly who: string;
  readonly log: unknown[][];
}

/** An event that a recorder does not keep but carries out; what comes of it is its result. */
export type Order = (told: Told, self: Self) => unknown;

export const broken = new Error('broken');

/** Writes down all that happens to it, and does what it is told. */
export const recorder = defineEventHandler({
  name: 'recorder',
  init: (told: Told | 'refuse' | 'throw', _self, handedOver) => {
    if (told === 'refuse') return stop('no');
    if (told === 'throw') throw broken;
    told.log.push(handedOver === undefined ? [told.who, 'init'] : [told.who, 'init', handedOver]);
    return told;
  },
  handleEvent: (event: string | Order, told, self) => {
    if (typeof event === 'function') return event(told, self) as undefined;
    told.log.push([told.who, event]);
  },
  handleCall: {
    who: (_: undefined, told) => reply(told.who),
    rename: (who: string, told) => reply(told.who, { ...told, who }),
    slowly: async (ms: number, told, self) => {
      await self.sleep(ms);
      return reply(told.who);
    },
    obey: (order: Order, told, self) => order(told, self) as never,
    leave: (_: undefined, told) => removeHandlerWithReply(`${told.who} leaves`),
    yieldTo: (next: SwapPlan, told) => swapHandlerWithReply('as you like', next, told),
  },
  handleInfo: (message, { who, log }) => void log.push([who, 'info', message]),
  terminate: (end: HandlerEnd, { who, log }) => {
    log.push([who, end]);
    return `${who} is gone`;
  },
});

/** Counts events, and has nothing else. */
export const plain = defineEventHandler({
  init: () => 0,
  handleEvent: (_event: unknown, count) => noReply(count + 1),
});

/** A manager with a recorder for each name, added in this order, and an empty log. */
export async function openManager(runtime: Runtime, ...names: string[]) {
  const manager = await EventManager.start<string | Order>(runtime);
  const log: unknown[][] = [];
  for (const who of names) await EventManager.addHandler(runtime, manager, [recorder, who], { who, log });
  log.length = 0;
  const which = async () => {
    const handlers = await EventManager.whichHandlers(runtime, manager);
    return handlers.map((ref) => (Array.isArray(ref) ? ref[1] : ref));
  };
  const failures: unknown[] = [];
  runtime.events.on('handler:failed', (failure) => failures.push(failure));
  return { manager, log, which, failures };
}
