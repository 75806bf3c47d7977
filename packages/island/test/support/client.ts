import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls, TLSSocket } from 'node:tls';

interface Reader {
  readonly count: number;
  readonly resolve: (data: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/** A socket whose first write is somebody else's to do, who answers what was read meanwhile and is not theirs. */
class FirstWords extends Duplex {
  readonly #raw: Socket;
  #send: ((bytes: Buffer) => Promise<Buffer>) | undefined;

  constructor(raw: Socket, send: (bytes: Buffer) => Promise<Buffer>) {
    super();
    this.#raw = raw;
    this.#send = send;
    raw.on('close', () => this.destroy());
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const send = this.#send;
    this.#send = undefined;
    if (send === undefined) {
      this.#raw.write(chunk, done);
      return;
    }
    send(chunk).then((early) => {
      if (early.length > 0) this.push(early);
      this.#raw.on('data', (bytes) => this.push(bytes)).on('end', () => this.push(null));
      done();
    }, done);
  }

  override _final(done: () => void): void {
    this.#raw.end(done);
  }
}

/** A TCP client in a straight line: what it reads is awaited, and nothing that befalls it is uncaught. */
export class Client implements AsyncDisposable {
  readonly socket: Socket;
  /** Resolves when the socket is closed, with how that came: in good order, or with an error code such as ECONNRESET. */
  readonly closed: Promise<string>;
  #chunks: Buffer[] = [];
  #length = 0;
  #reader: Reader | undefined = undefined;
  #over = false;
  #failure: string | undefined = undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve(this.#failure ?? 'end')));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure = error.code ?? error.message;
    });
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('end', () => this.#onOver());
    socket.on('close', () => this.#onOver());
  }

  /** Resolves when the connection is there; rejects as Node does. With `paused` nothing is read until `resume()`. */
  static async connect(
    port: number,
    options: Partial<NetConnectOpts> & { paused?: boolean } = {},
  ): Promise<Client> {
    const { paused = false, ...rest } = options;
    const socket = connect({ host: '127.0.0.1', noDelay: true, ...rest, port });
    await once(socket, 'connect');
    const client = new Client(socket);
    if (paused) socket.pause();
    return client;
  }

  /** A client with a socket that is connected already. */
  static of(socket: Socket): Client {
    return new Client(socket);
  }

  /** As `connect`, over TLS. Resolves when the client has done its part of the handshake, as which it can still be refused. */
  static async secure(port: number, options: ConnectionOptions = {}): Promise<Client> {
    const socket = connectTls({ host: '127.0.0.1', ...options, port });
    await once(socket, 'secureConnect');
    return new Client(socket);
  }

  /**
   * Goes on over TLS, on a connection that there is. The client that was is not to be used any more. `sendFirst` sends what
   * TLS says first, if that is to go in another way.
   */
  async startTls(options: ConnectionOptions = {}, sendFirst?: (bytes: Buffer) => unknown): Promise<Client> {
    const { socket: raw } = this;
    const letGo = (): Buffer => {
      raw.removeAllListeners('data').removeAllListeners('end');
      return this.#take(this.#length);
    };
    const send = async (bytes: Buffer): Promise<Buffer> => {
      await sendFirst?.(bytes);
      return letGo();
    };
    if (sendFirst === undefined) letGo();
    const socket = connectTls({
      ...options,
      socket: sendFirst === undefined ? raw : new FirstWords(raw, send),
    });
    await once(socket, 'secureConnect');
    return new Client(socket);
  }

  /** Whom the server's certificate is for. */
  get certificateName(): unknown {
    return this.socket instanceof TLSSocket ? this.socket.getPeerCertificate().subject?.CN : undefined;
  }

  /** Sends; resolves when the kernel has taken it. */
  send(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) =>
      this.socket.write(data, (error) => (error ? reject(error) : resolve())),
    );
  }

  /** Exactly so many bytes; rejects if the server closes before. */
  read(count: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#reader = { count, resolve, reject };
      this.#feed();
    });
  }

  /** Everything up to the next end of a line, without it. */
  async readLine(): Promise<string> {
    const bytes: Buffer[] = [];
    for (let byte = await this.read(1); byte[0] !== 10; byte = await this.read(1)) bytes.push(byte);
    return Buffer.concat(bytes).toString();
  }

  async readText(count: number): Promise<string> {
    return (await this.read(count)).toString();
  }

  /** Everything until the server closes its side, or breaks the connection. */
  async readAll(): Promise<Buffer> {
    if (!this.#over) {
      await new Promise<void>((resolve) => {
        this.socket.once('end', resolve).once('close', () => resolve());
      });
    }
    return this.#take(this.#length);
  }

  /** Says that nothing more will come; still reads. */
  end(data?: string | Uint8Array): void {
    if (data === undefined) this.socket.end();
    else this.socket.end(data);
  }

  /** Breaks the connection: the server gets ECONNRESET. */
  async reset(): Promise<void> {
    this.socket.resetAndDestroy();
    await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  #onData(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    this.#feed();
  }

  #onOver(): void {
    this.#over = true;
    this.#feed();
  }

  #feed(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    if (this.#length >= reader.count) {
      this.#reader = undefined;
      reader.resolve(this.#take(reader.count));
    } else if (this.#over) {
      this.#reader = undefined;
      reader.reject(new Error(`the server closed after ${this.#length} of ${reader.count} bytes`));
    }
  }

  #take(count: number): Buffer {
    const all = Buffer.concat(this.#chunks, this.#length);
    this.#chunks = count < all.length ? [all.subarray(count)] : [];
    this.#length -= count;
    return all.subarray(0, count);
  }
}
