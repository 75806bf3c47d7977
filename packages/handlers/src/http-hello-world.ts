import { close, continueAs, defineHandler, type HandlerResult, type Socket } from '@thousand-island/island';
import type { Self } from '@thousand-island/runtime';
import { HttpRequests, type RequestEvent } from './framing/http-requests.ts';

/** What the hello world server can be told. */
export interface HttpHelloWorldOptions {
  /** The body of every answer; `Hello, World!` and a line end unless said. */
  readonly body?: string;
}

/** One connection: what has come of its requests, and what they are answered with. */
interface HttpState {
  readonly requests: HttpRequests;
  readonly body: string;
  /** What comes after the last answer, and how long it is waited for; undefined as long as that was not sent. */
  ignored: { bytes: number; readonly until: number } | undefined;
}

const REASONS = {
  200: 'OK',
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
} as const;

const LINGER_MS = 1_000;
const LINGER_BYTES = 1024 * 1024;
/** Requests are small, and the answers to all that fit into one chunk may be very large. */
const ANSWERS_AT_ONCE = 64 * 1024;

/**
 * Answers every HTTP/1 request with the same few words: keeps connections alive or closes them as the client wishes,
 * answers pipelined requests in their order, skips bodies, and refuses what is no request it can understand.
 *
 * It shows how a protocol is put on a handler: `HttpRequests` turns bytes into requests and knows no socket, and the
 * handler sends and knows no bytes.
 *
 * @example
 * ```ts
 * await using server = await ThousandIsland.start({ port: 4001, handler: httpHelloWorld });
 * await (await fetch('http://127.0.0.1:4001/')).text(); // => 'Hello, World!\n'
 * ```
 */
export const httpHelloWorld = defineHandler({
  init({ body = 'Hello, World!\n' }: HttpHelloWorldOptions = {}): HttpState {
    return { requests: new HttpRequests(), body, ignored: undefined };
  },

  handleData(data, socket, state, self) {
    const { ignored } = state;
    if (ignored !== undefined) {
      ignored.bytes += data.length;
      return ignored.bytes > LINGER_BYTES || self.now > ignored.until ? close() : undefined;
    }
    return answerAll(state.requests.push(data), socket, state, self);
  },

  // The server stops, or the client is too slow: said to a client in the middle of a request. Another waits for nothing.
  handleShutdown: (socket, state) => sayGoodbye(503, socket, state),
  handleTimeout: (socket, state) => sayGoodbye(408, socket, state),
});

/** Answers in one go what came in one go; or so much of it that the client is to take that before the rest is made. */
function answerAll(
  events: readonly RequestEvent[],
  socket: Socket,
  state: HttpState,
  self: Self,
): HandlerResult<HttpState> | Promise<HandlerResult<HttpState>> {
  let answers = '';
  for (const [index, event] of events.entries()) {
    if (event.kind === 'expectsContinue') {
      answers += 'HTTP/1.1 100 Continue\r\n\r\n';
    } else if (event.kind === 'refused') {
      socket.send(answers + response(event.status, REASONS[event.status], false));
      return linger(socket, state, self.now);
    } else {
      const { method, keepAlive } = event.head;
      answers += response(200, state.body, keepAlive, method === 'HEAD');
      if (!keepAlive) {
        socket.send(answers);
        return close();
      }
    }
    if (answers.length > ANSWERS_AT_ONCE && index + 1 < events.length)
      return socket.send(answers).then(() => answerAll(events.slice(index + 1), socket, state, self));
  }
  return answers === '' ? undefined : socket.send(answers);
}

function response(status: keyof typeof REASONS, body: string, keepAlive: boolean, headOnly = false): string {
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    `Date: ${new Date().toUTCString()}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Connection: ${keepAlive ? 'keep-alive' : 'close'}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${headOnly ? '' : body}`;
}

/**
 * Closes our side and waits for the client to close its own: it may still be sending what we have refused, and a socket
 * that is closed while bytes arrive takes the answer away with it. RFC 9112, 9.6.
 */
function linger(socket: Socket, state: HttpState, now: number): HandlerResult<HttpState> {
  state.ignored = { bytes: 0, until: now + LINGER_MS };
  socket.shutdown('write');
  return continueAs({ persistentTimeout: LINGER_MS });
}

async function sayGoodbye(status: 408 | 503, socket: Socket, state: HttpState): Promise<void> {
  if (state.ignored === undefined && state.requests.isWithinRequest) {
    await socket.send(response(status, REASONS[status], false));
  }
}
