import { Duplex } from 'node:stream';
import type { RawSocket, SocketAddress } from '../transport.ts';
import { systemError, type Wire } from './wire.ts';

/** What lies below a connection in memory, on the server's side: it behaves as a `net.Socket` does. */
export class MemorySocket extends Duplex implements RawSocket {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly remoteFamily: string;
  readonly localAddress: string;
  readonly localPort: number;
  readonly localFamily: string;
  bytesRead = 0;
  readonly #incoming: Wire;
  readonly #outgoing: Wire;
  readonly #onReset: () => void;

  constructor(
    incoming: Wire,
    outgoing: Wire,
    onReset: () => void,
    remote: SocketAddress,
    local: SocketAddress,
  ) {
    super({ allowHalfOpen: true });
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#onReset = onReset;
    this.remoteAddress = remote.address;
    this.remotePort = remote.port;
    this.remoteFamily = remote.family;
    this.localAddress = local.address;
    this.localPort = local.port;
    this.localFamily = local.family;
    this.pause();
    // As Node does: reading begins when a socket is accepted, whoever listens.
    this.read(0);
  }

  /** As Node counts: also what waits. What the wire has taken of a write that is under way it knows at once. */
  get bytesWritten(): number {
    return this.#outgoing.taken + this.writableLength;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  /** Closes it so that the client gets ECONNRESET, and nothing that is under way. */
  resetAndDestroy(): this {
    this.#onReset();
    return this.destroy();
  }

  /** The connection broke: the server gets this error. */
  break(code: string): void {
    this.destroy(systemError('read', code));
  }

  override _read(): void {
    this.#incoming.whenReadable(() => {
      const piece = this.#incoming.take();
      if (piece === undefined) this._read();
      else if (piece === 'end') {
        this.push(null);
        // As Node does: the end is noticed also by a socket that is paused, if nothing is before it.
        this.read(0);
      } else {
        this.bytesRead += piece.length;
        this.push(piece);
      }
    });
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#outgoing.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#outgoing.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // RFC 1122 section 4.2.2.13: who closes without having read all that has come answers with a reset.
    const code = this.#incoming.isEmpty ? undefined : 'ECONNRESET';
    this.#incoming.close();
    this.#outgoing.end(code);
    done(error);
  }
}
