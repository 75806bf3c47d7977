import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { AcceptedSocket, type ConnectionHandle } from '../../src/transports/accepted-socket.ts';
import type { Listeners } from '../../src/transports/shared-listeners.ts';

type Heard = string[];
type Listener = (this: object) => void;
interface Emitters {
  readonly socket: AcceptedSocket;
  readonly model: EventEmitter;
  readonly heard: Heard;
  readonly expected: Heard;
}
type Step = (emitters: Emitters, listener: Listener) => void;

const EVENTS = ['error', 'end', 'close', 'custom'];
/** Who has heard something now. */
const heardBy = new Map<object, Heard>();
const LISTENERS: Listeners = Object.fromEntries(
  ['error', 'end', 'close'].map((event) => [
    event,
    function (this: object) {
      heardBy.get(this)?.push(`all: ${event}`);
    },
  ]),
);
const OTHERS: readonly Listener[] = ['one', 'two', 'three'].map(
  (name) =>
    function () {
      heardBy.get(this)?.push(name);
    },
);

/** A socket that is connected to nothing, and what it has to be like: an emitter that shares nothing. */
function emitters(): Emitters {
  const socket = new AcceptedSocket(null as unknown as ConnectionHandle, false);
  const both = { socket, model: new EventEmitter(), heard: [], expected: [] };
  heardBy.set(socket, both.heard);
  heardBy.set(both.model, both.expected);
  return both;
}

const event = fc.constantFrom(...EVENTS);
const changes = [
  'on',
  'addListener',
  'prependListener',
  'once',
  'prependOnceListener',
  'off',
  'removeListener',
];
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ change: fc.constantFrom(...(changes as 'on'[])), event }).map(
    ({ change, event }): Step =>
      ({ socket, model }, listener) => {
        socket[change](event, listener);
        model[change](event, listener);
      },
  ),
  fc.constantFrom(...Object.keys(LISTENERS)).map(
    (event): Step =>
      ({ socket, model }) => {
        socket.off(event, LISTENERS[event] as Listener);
        model.off(event, LISTENERS[event] as Listener);
      },
  ),
  fc.option(event, { nil: undefined, freq: 3 }).map(
    (event): Step =>
      ({ socket, model }) => {
        if (event === undefined) {
          socket.removeAllListeners();
          model.removeAllListeners();
        } else {
          socket.removeAllListeners(event);
          model.removeAllListeners(event);
        }
      },
  ),
  fc.constant<Step>(({ socket, model }) => {
    socket.listenWith(LISTENERS);
    for (const [event, listener] of Object.entries(LISTENERS)) model.on(event, listener as Listener);
  }),
  event.map(
    (event): Step =>
      ({ socket, model }) => {
        if (model.listenerCount(event) === 0) return;
        socket.emit(event);
        model.emit(event);
      },
  ),
);

test('who listens to a socket, and what they hear, is as if it shared its listeners with no other', () => {
  const steps = fc.array(fc.tuple(fc.nat(2), step, fc.constantFrom(...OTHERS)), { maxLength: 30 });
  fc.assert(
    fc.property(steps, (steps) => {
      const all = [emitters(), emitters(), emitters()];
      for (const [which, step, listener] of steps) {
        step(all[which] as Emitters, listener);
        for (const { socket, model, heard, expected } of all) {
          expect(heard).toEqual(expected);
          for (const event of EVENTS)
            expect(socket.rawListeners(event).length).toBe(model.rawListeners(event).length);
          for (const event of EVENTS) expect(socket.listeners(event)).toEqual(model.listeners(event));
        }
      }
      heardBy.clear();
    }),
  );
});

test('sockets to which only those listen that listen to all keep one list of listeners', () => {
  const [one, other] = [emitters().socket, emitters().socket];
  one.listenWith(LISTENERS);
  other.listenWith(LISTENERS);
  expect(Reflect.get(one, '_events')).toBe(Reflect.get(other, '_events'));
});
