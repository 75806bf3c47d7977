import type { Duplex } from 'node:stream';

/** Where Node keeps what waits in a stream, and whom it is piped to. */
interface Lists {
  buffer?: object | undefined;
  pipes?: object | undefined;
}

/**
 * What waits in a stream, and whom it is piped to: two lists that stay empty in a socket whose chunks are taken past the stream,
 * and 64 bytes of each. All share the same two, until something is to be put into one.
 *
 * Node keeps them in properties that it does not document. Where there are none, or others, each socket has its own.
 */
export class SharedLists {
  #buffer: object | undefined = undefined;
  #pipes: object | undefined = undefined;

  /** Takes from a new socket its own lists. */
  share(socket: Duplex): void {
    const lists = listsOf(socket);
    if (lists?.buffer === undefined || !Array.isArray(lists.pipes)) return;
    this.#buffer ??= lists.buffer;
    this.#pipes ??= lists.pipes;
    lists.buffer = this.#buffer;
    lists.pipes = this.#pipes;
  }

  /** To be called before something is put into a list of the socket: it gets its own. */
  part(socket: Duplex): void {
    const lists = listsOf(socket);
    if (lists === undefined || this.#buffer === undefined) return;
    if (lists.buffer === this.#buffer) lists.buffer = new (this.#buffer.constructor as new () => object)();
    if (lists.pipes === this.#pipes) lists.pipes = [];
  }
}

function listsOf(socket: Duplex): Lists | undefined {
  return (socket as { _readableState?: Lists })._readableState;
}
