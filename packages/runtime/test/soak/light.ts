import { assign, raise, setup } from 'xstate';
import {
  type Asker,
  popMachine,
  postpone,
  pushMachine,
  reply,
  updateDelay,
} from '../../src/state-machine/index.ts';

type LightEvent =
  | { type: 'hurry' | 'push' | 'pop' | 'crash' | 'wait' | 'remind' | 'update' | 'later' }
  | { type: 'reminder'; what: number }
  | { type: 'read'; from: Asker<number> };

const RED_MS = 400_000;
const GREEN_MS = 700_000;
const REMIND_MS = 90_000;

const types = { context: {} as { changes: number; reminded: number }, events: {} as LightEvent };
const count = assign<{ changes: number; reminded: number }, LightEvent, undefined, LightEvent, never>({
  changes: ({ context }) => context.changes + 1,
});

/** What a light does in any state: as itself by day, and by night. */
const anywhere = {
  crash: {
    actions: () => {
      throw new Error('a bulb');
    },
  },
  remind: {
    actions: raise({ type: 'reminder', what: 1 } as LightEvent, { id: 'reminder', delay: REMIND_MS }),
  },
  reminder: {
    actions: assign({ reminded: ({ context }: { context: { reminded: number } }) => context.reminded + 1 }),
  },
  read: {
    actions: reply<typeof types.context, LightEvent & { type: 'read' }, LightEvent>(
      ({ context }) => context.changes,
    ),
  },
} as const;

const night = setup({ types }).createMachine({
  id: 'night',
  context: { changes: 0, reminded: 0 },
  initial: 'red',
  states: { red: {}, green: {} },
  on: { ...(anywhere as object), pop: { actions: popMachine } },
});

/** A light that changes by itself, is hurried, becomes another machine, crashes, and goes on where it was. */
export const light = setup({ types }).createMachine({
  id: 'light',
  context: { changes: 0, reminded: 0 },
  initial: 'red',
  states: {
    red: { after: { [RED_MS]: 'green' }, on: { hurry: 'green', wait: { actions: postpone } }, entry: count },
    green: { after: { [GREEN_MS]: 'red' }, on: { hurry: 'red', wait: 'red' }, entry: count },
  },
  on: {
    ...(anywhere as object),
    update: { actions: updateDelay('reminder', { type: 'reminder', what: 2 }) },
    push: { actions: pushMachine(night) },
  },
});
