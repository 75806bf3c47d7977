import {
  close,
  defineHandler,
  error,
  type HandlerResult,
  type Socket,
  switchTransport,
  type TlsTransport,
} from '@thousand-island/island';
import type { Self } from '@thousand-island/runtime';
import { pattern } from './pattern.ts';
import type { Failure } from './visit-plan.ts';

/** What a handler of a soak fails with: any other crash is none that was asked for. */
export class Boom extends Error {}

interface Visitor {
  /** What it has said so far, until that is a whole command. */
  command: Buffer | undefined;
  leaving: boolean;
  /** Its last callback has run. */
  ended: boolean;
}

const LONGEST_COMMAND = 64;
const LINE_FEED = 10;

/** What the commands of a connection need. */
export interface Means {
  readonly onViolation: (text: string) => void;
  /** The file that is sent. */
  readonly file: string;
  /** Where the server over a Unix socket listens. */
  readonly path: string;
  /** Shared by the server over TLS and those who switch to it. */
  readonly tls: TlsTransport;
}

/** Does what a client's first line says, and echoes what comes after it. */
export function soakHandler(means: Means) {
  /** Nothing of a connection runs when its process is dead, or after its last callback. */
  const note = (callback: string) => (_socket: Socket, visitor: Visitor, self: Self) => {
    if (!self.alive) means.onViolation(`${callback} ran in a dead process`);
    if (visitor.ended) means.onViolation(`${callback} ran after the last callback`);
  };
  const last = (callback: string) => (socket: Socket, visitor: Visitor, self: Self) => {
    note(callback)(socket, visitor, self);
    visitor.ended = true;
  };
  return defineHandler({
    init: (): Visitor => ({ command: Buffer.alloc(0), leaving: false, ended: false }),

    handleConnection: note('handleConnection'),

    handleData(data: Buffer, socket: Socket, visitor: Visitor, self: Self) {
      note('handleData')(socket, visitor, self);
      if (visitor.command === undefined) return echo(data, socket, visitor);
      const said = Buffer.concat([visitor.command, data]);
      const end = said.indexOf(LINE_FEED);
      if (end === -1 && said.length < LONGEST_COMMAND) {
        visitor.command = said;
        return undefined;
      }
      visitor.command = undefined;
      return obey(said.subarray(0, end).toString('latin1'), said.subarray(end + 1), socket, means);
    },

    /** Says nothing more than it has to; whoever is silent is waited for, as long as the drain lasts. */
    handleDrain(socket: Socket, visitor: Visitor, self: Self) {
      note('handleDrain')(socket, visitor, self);
      visitor.leaving = true;
    },

    handleClose: last('handleClose'),
    handleShutdown: last('handleShutdown'),
    handleTimeout: last('handleTimeout'),
    handleError: (_reason, socket, visitor, self) => last('handleError')(socket, visitor, self),
  });
}

async function echo(data: Buffer, socket: Socket, visitor: Visitor): Promise<HandlerResult<Visitor>> {
  await socket.send(data);
  return visitor.leaving ? close() : undefined;
}

async function obey(
  line: string,
  rest: Buffer,
  socket: Socket,
  means: Means,
): Promise<HandlerResult<Visitor>> {
  const [command, first = '', second = ''] = line.split(' ');
  switch (command) {
    case 'echo':
      // Who stays for longer need not count.
      if (rest.length > 1_000) socket.removeConnection();
      if (rest.length > 0) await socket.send(rest);
      return undefined;
    case 'stream':
      for (const chunk of pattern(0, Number(first))) await socket.send(chunk);
      return close();
    case 'file':
      await socket.sendfile(means.file, { offset: Number(first), length: Number(second) });
      return close();
    case 'recv': {
      const left = Number(first) - rest.length;
      const more = left > 0 ? await socket.recv(left) : Buffer.alloc(0);
      await socket.send([rest, more]);
      return close();
    }
    case 'fail':
      return fail(first as Failure);
    case 'starttls':
      await socket.send('go\n');
      return switchTransport(means.tls, { unread: rest });
    case 'goodbye':
      await socket.send('bye');
      return close();
    default:
      return error(new Boom(`there is no command ${command}`));
  }
}

/** Fails in one of the ways there are; what it returns is for a handler to return. */
export function fail(failure: Failure): HandlerResult<Visitor> {
  switch (failure) {
    case 'throw':
      throw new Boom('thrown');
    case 'reject':
      // Nobody looks at it but the containment.
      void Promise.reject(new Boom('rejected'));
      return undefined;
    case 'later':
      setImmediate(() => {
        throw new Boom('thrown later');
      });
      return undefined;
    case 'error':
      return error(new Boom('returned'));
    default:
      return failure satisfies never;
  }
}
