import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { isPattern, pattern } from './pattern.ts';

/** The server has ended the connection, or broken it, before all had come. */
export class Cut extends Error {}

/** Something has come that the server was never to send. */
export class Wrong extends Error {}

/** The client's end of a connection, in a straight line. Reads only when it is asked to. */
export class Peer {
  #socket: Socket;
  /** What lies below. */
  readonly #raw: Socket;
  /** Only what goes over TCP can be reset. */
  readonly #isPath: boolean;
  #isOver = false;
  #failure: NodeJS.ErrnoException | undefined = undefined;
  #onChange: () => void = () => {};

  constructor(place: number | string) {
    const where = typeof place === 'string' ? { path: place } : { host: '127.0.0.1', port: place };
    this.#isPath = typeof place === 'string';
    this.#raw = this.#watch(connect({ ...where, allowHalfOpen: true, noDelay: true }));
    this.#socket = this.#raw;
  }

  #watch(socket: Socket): Socket {
    const changed = (): void => this.#onChange();
    socket.on('readable', changed);
    socket.on('connect', changed);
    socket.on('secureConnect', changed);
    socket.on('drain', changed);
    socket.on('error', (error) => {
      this.#failure = error;
      changed();
    });
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.#isOver = true;
        changed();
      });
    }
    return socket;
  }

  /** Resolves when the connection is there; `Cut` if it cannot be. */
  async connected(): Promise<void> {
    while (this.#socket.connecting) await this.#change();
    this.#check();
  }

  /** Does the handshake over what there is. */
  async secure(): Promise<void> {
    const raw = this.#raw;
    for (const event of ['readable', 'end', 'close']) raw.removeAllListeners(event);
    let isSecure = false;
    const socket = connectTls({ socket: raw, rejectUnauthorized: false });
    socket.once('secureConnect', () => {
      isSecure = true;
    });
    this.#socket = this.#watch(socket);
    while (!isSecure) {
      this.#check();
      await this.#change();
    }
  }

  /** Says something; resolves when little enough of it waits. */
  async write(data: string | Buffer): Promise<void> {
    if (this.#socket.destroyed || this.#socket.write(data)) return;
    while (this.#socket.writableNeedDrain && !this.#socket.destroyed) await this.#change();
  }

  async writePattern(offset: number, size: number): Promise<void> {
    for (const chunk of pattern(offset, size)) await this.write(chunk);
  }

  /** Reads so many bytes of the pattern, from `offset` on, with a pause after each read. */
  async readPattern(offset: number, size: number, pauseMs = 0): Promise<void> {
    for (let at = 0; at < size; ) {
      const chunk = await this.#read(size - at);
      if (!isPattern(chunk, offset + at))
        throw new Wrong(`what came at ${at} of ${size} is not what was sent`);
      at += chunk.length;
      if (pauseMs > 0) await sleep(pauseMs);
    }
  }

  async readText(text: string): Promise<void> {
    for (let left = text; left !== ''; ) {
      const chunk = await this.#read(left.length);
      if (!left.startsWith(chunk.toString('latin1'))) throw new Wrong(`${chunk} came in place of ${left}`);
      left = left.slice(chunk.length);
    }
  }

  /** Resolves when the server has said its last word; `Wrong` if it says anything before. */
  async readEnd(): Promise<void> {
    for (;;) {
      const chunk: Buffer | null = this.#socket.read();
      if (chunk !== null) throw new Wrong(`${chunk.length} bytes came when all had been said`);
      if (this.#failure !== undefined) throw new Cut(this.#failure.code ?? this.#failure.message);
      if (this.#isOver) return;
      await this.#change();
    }
  }

  /** Reads to the end, however that comes: nobody looks at what it is. */
  async drain(): Promise<void> {
    while (!this.#isOver) {
      while (this.#socket.read() !== null);
      if (!this.#isOver) await this.#change();
    }
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
    this.#raw.destroy();
  }

  reset(): void {
    if (!this.#isPath) this.#raw.resetAndDestroy();
    this.#socket.destroy();
  }

  async #read(most: number): Promise<Buffer> {
    for (;;) {
      const chunk: Buffer | null = this.#socket.read(
        Math.min(most, this.#socket.readableLength) || undefined,
      );
      if (chunk !== null) {
        if (chunk.length > most) throw new Wrong(`${chunk.length - most} bytes came too many`);
        return chunk;
      }
      this.#check();
      await this.#change();
    }
  }

  #check(): void {
    if (this.#failure !== undefined) throw new Cut(this.#failure.code ?? this.#failure.message);
    if (this.#isOver || this.#socket.destroyed) throw new Cut('the server closed too early');
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = resolve;
    });
  }
}
