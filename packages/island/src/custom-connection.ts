import { type DynamicChildSpec, Pid, type Self, type StartResult } from '@thousand-island/runtime';
import { HandshakeError } from './errors.ts';
import type { AnyHandler } from './handler.ts';
import type { LiveConfig } from './live-config.ts';
import type { Socket } from './socket.ts';

/** A handler that starts processes of its own. */
type CustomHandler = Required<Pick<AnyHandler, 'startConnection'>>;

/** Whether the connections of this handler are processes of its own. */
export function isCustom(handler: AnyHandler): handler is AnyHandler & CustomHandler {
  return handler.startConnection !== undefined;
}

/** How ConnectionSupervisors start processes that are not ours. They are told to end by an exit signal, as all are in OTP. */
export function customConnectionSpec(live: LiveConfig, handler: CustomHandler): DynamicChildSpec<Socket> {
  const { shutdownTimeout: timeout } = live.current;
  return {
    restart: 'temporary',
    shutdown: timeout === 0 ? 'brutalKill' : timeout === Number.POSITIVE_INFINITY ? 'infinity' : timeout,
    start: (supervisor, socket) => handler.startConnection(socket, supervisor, live.current.handlerOptions),
  };
}

/** The acceptor's part when such a process has started: socket and place are its, however it ends. */
export function handOver(self: Self, socket: Socket, result: Extract<StartResult, { kind: 'ok' }>): void {
  const { pid, extra } = result;
  if (socket.place !== undefined) self.giveAway(socket.place, pid);
  self.giveAway(socket, extra instanceof Pid ? extra : pid);
}

/**
 * Makes a connection ready in a process of one's own, which then can `recv` and `send`: does the transport's handshake, if it
 * has one. Not in `init`: until that is over, the acceptor accepts nobody else. Rejects with `HandshakeError`, and the
 * socket is closed, also when it takes longer than `timeout` ms (5,000 unless said). ranch: `handshake/1`.
 */
export async function takeSocket(
  socket: Socket,
  self: Self,
  options: { readonly timeout?: number | 'infinity' } = {},
): Promise<void> {
  const { timeout = 5_000 } = options;
  socket.attach(self);
  const handshake = socket.handshake();
  if (handshake === undefined) return;
  let isLate = false;
  const timer =
    timeout === 'infinity'
      ? undefined
      : self.callAfter(timeout, () => {
          isLate = true;
          socket.close();
        });
  try {
    await handshake;
  } catch (error) {
    socket.close();
    throw isLate ? new HandshakeError('timeout', `the handshake took longer than ${timeout} ms`) : error;
  } finally {
    if (timer !== undefined) self.cancelTimer(timer);
  }
}
