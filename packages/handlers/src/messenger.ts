import { defineHandler, error } from '@thousand-island/island';
import type { Address, From, Pid } from '@thousand-island/runtime';
import { Lines } from './framing/lines.ts';

/** What the messenger can be told. */
export interface MessengerOptions {
  /** The process that is told of clients and what they say, as `MessengerEvent`s; unless said, nobody is. */
  readonly deliverTo?: Address;
}

/** What a messenger sends to the process `deliverTo`. To answer a client, send to `client`. */
export type MessengerEvent =
  | { readonly kind: 'connected'; readonly client: Pid }
  | { readonly kind: 'said'; readonly client: Pid; readonly text: string };

const MAX_LINE_LENGTH = 64 * 1024;

/**
 * Carries lines of text both ways between a client and other processes.
 *
 * Each connection is a process, and its pid is all that another one needs to talk to the client: it casts `send` and
 * goes on, it calls `send` and waits until the text is on its way, or it sends the text as a plain message. What the
 * client types goes to the process `deliverTo`. The client is told its pid when it connects.
 *
 * No callback waits for the client: those who write to it do not either, and what they write would gather in the mailbox of this
 * process, which has no bounds. On the socket it may wait up to `maxSendBuffer`; a client that lets more gather is cut off.
 *
 * @example
 * ```ts
 * const runtime = new Runtime();
 * const desk = runtime.spawn(async (self) => {
 *   for (;;) {
 *     const event = await self.receive<MessengerEvent>();
 *     if (event?.kind === 'said') self.cast(event.client, 'send', `you said ${event.text}`);
 *   }
 * });
 * await ThousandIsland.start({ port: 4003, handler: messenger, handlerOptions: { deliverTo: desk } }, runtime);
 * ```
 */
export const messenger = defineHandler({
  init: ({ deliverTo }: MessengerOptions = {}) => ({ deliverTo, lines: new Lines() }),

  handleConnection(socket, { deliverTo }, self) {
    socket.send(`You are ${self.pid}.\r\n`);
    if (deliverTo === undefined) return;
    const event: MessengerEvent = { kind: 'connected', client: self.pid };
    self.send(deliverTo, event);
  },

  handleData(data, _socket, { deliverTo, lines }, self) {
    const texts = lines.push(data);
    if (deliverTo !== undefined) {
      for (const text of texts) {
        const event: MessengerEvent = { kind: 'said', client: self.pid, text };
        self.send(deliverTo, event);
      }
    }
    return lines.pendingLength > MAX_LINE_LENGTH ? error('the line is too long') : undefined;
  },

  handleCast: {
    send: (text: string, socket) => void socket.send(`${text}\r\n`),
  },

  handleCall: {
    send(text: string, from: From<'sent'>, socket, _state, self) {
      // If it cannot be sent, the connection ends, and its caller is told that.
      socket.send(`${text}\r\n`).then(
        () => self.answer(from, 'sent'),
        () => {},
      );
    },
  },

  handleInfo(message, socket, _state, self) {
    if (typeof message !== 'string') return self.reportUnhandled(message);
    socket.send(`${message}\r\n`);
  },

  async handleShutdown(socket) {
    await socket.send('The server is stopping. Goodbye.\r\n');
  },
});
