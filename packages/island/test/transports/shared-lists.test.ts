import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { AcceptedSocket, type ConnectionHandle } from '../../src/transports/accepted-socket.ts';

/** A socket that is connected to nothing, and what it has to be like: one that shares nothing. */
interface Pair {
  readonly socket: AcceptedSocket;
  readonly model: Socket;
}
type Step = (socket: Socket) => unknown;

function pair(): Pair {
  const model = new Socket({ allowHalfOpen: true, readable: true, writable: true });
  return { socket: new AcceptedSocket(null as unknown as ConnectionHandle, false), model };
}

const text = fc.constantFrom('a', 'bcd', '', 'é', '€');
const step: fc.Arbitrary<Step> = fc.oneof(
  text.map((text) => (socket: Socket) => socket.push(Buffer.from(text))),
  text.map((text) => (socket: Socket) => socket.push(Buffer.from(text).subarray(1))),
  text.map((text) => (socket: Socket) => socket.unshift(Buffer.from(text))),
  fc.constantFrom(undefined, 1, 3).map((size) => (socket: Socket) => socket.read(size)),
  fc.constant((socket: Socket) => socket.setEncoding('utf8') === socket),
  fc.constant((socket: Socket) => socket.pipe(new PassThrough()).destroyed),
  fc.constant((socket: Socket) => socket.unpipe() === socket),
  fc.constant((socket: Socket) => socket.pause().readableFlowing),
);

function seen(socket: Socket): unknown[] {
  const pipes = (Reflect.get(socket, '_readableState') as { pipes: unknown[] }).pipes.length;
  return [socket.readableLength, socket.readableEncoding, socket.readableFlowing, pipes];
}

test('what waits in a socket, and whom it is piped to, is as if it shared that with no other', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), step), { maxLength: 30 }), (steps) => {
      const all = [pair(), pair(), pair()];
      for (const [which, step] of steps) {
        const { socket, model } = all[which] as Pair;
        expect(step(socket)).toEqual(step(model));
        for (const { socket, model } of all) expect(seen(socket)).toEqual(seen(model));
      }
      for (const { socket, model } of all) {
        expect(socket.push(null)).toBe(model.push(null));
        expect([socket.read(), seen(socket)]).toEqual([model.read(), seen(model)]);
        socket.destroy();
        model.destroy();
      }
    }),
  );
});

test('what a decoder has left at the end comes, and to no other socket', () => {
  const [one, other] = [pair().socket, pair().socket];
  one.setEncoding('utf8');
  one.push(Buffer.from('€').subarray(0, 1));
  one.push(null);
  expect([one.read(), other.readableLength]).toEqual(['\ufffd', 0]);
  expect(other.read()).toBe(null);
  one.destroy();
  other.destroy();
});

test('sockets whose chunks nobody lets wait keep the same empty lists', () => {
  const states = [pair().socket, pair().socket].map((socket) => {
    const state = Reflect.get(socket, '_readableState') as { buffer: object; pipes: object };
    socket.destroy();
    return state;
  });
  expect(states[0]?.buffer).toBe(states[1]?.buffer);
  expect(states[0]?.pipes).toBe(states[1]?.pipes);
});
