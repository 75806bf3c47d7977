import { type Acceptor, ListenSocket } from '../src/listen-socket.ts';
import type { Socket } from '../src/socket.ts';

/** An acceptor that waits for ever, and notes what it was handed. */
class Stand implements Acceptor {
  readonly self = { alive: true } as Acceptor['self'];
  readonly held: string[] = [];
  admits = true;

  hold(socket: Socket): void {
    this.held.push(String(socket));
  }
}

function socketOf(name: string): Socket {
  return { isClosed: false, toString: () => name } as unknown as Socket;
}

function pair(): { sockets: readonly [ListenSocket, ListenSocket]; stands: readonly [Stand, Stand] } {
  const [one, other] = ListenSocket.some(2, 10, () => {}) as [ListenSocket, ListenSocket];
  return { sockets: [one, other], stands: [new Stand(), new Stand()] };
}

describe('of two sockets that are listened on', () => {
  test('each hands to its own acceptor first', () => {
    const { sockets, stands } = pair();
    sockets[0].accept(stands[0]);
    sockets[1].accept(stands[1]);
    sockets[1].push(socketOf('a'));
    sockets[0].push(socketOf('b'));
    expect(stands.map(({ held }) => held)).toEqual([['b'], ['a']]);
  });

  test('one whose acceptor takes nobody hands to that of the other', () => {
    const { sockets, stands } = pair();
    stands[0].admits = false;
    sockets[0].accept(stands[0]);
    sockets[1].accept(stands[1]);
    sockets[0].push(socketOf('a'));
    expect(stands.map(({ held }) => held)).toEqual([[], ['a']]);
    sockets[0].push(socketOf('b'));
    expect(sockets.map(({ waiting }) => waiting)).toEqual([1, 0]);
  });

  test('what waits at one goes to an acceptor of the other that is free', () => {
    const { sockets, stands } = pair();
    sockets[0].push(socketOf('a'));
    sockets[0].push(socketOf('b'));
    sockets[1].push(socketOf('c'));
    sockets[1].accept(stands[1]);
    sockets[1].accept(stands[1]);
    expect(stands[1].held).toEqual(['c', 'a']);
    sockets[0].accept(stands[0]);
    expect(stands[0].held).toEqual(['b']);
  });

  test('each counts those that wait without those that have gone', () => {
    const { sockets } = pair();
    sockets[0].push(socketOf('a'));
    sockets[0].push({ ...socketOf('b'), isClosed: true } as Socket);
    sockets[0].hold();
    sockets[0].push(socketOf('c'));
    expect(sockets.map(({ waiting }) => waiting)).toEqual([2, 0]);
  });
});
