import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A client at 127.0.0.1 that keeps what it is sent. */
export class Client implements AsyncDisposable {
  readonly socket: Socket;
  #received: Buffer[] = [];
  #waiting: (() => void)[] = [];
  #closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#received.push(chunk);
      this.#wake();
    });
    // A reset is an end like any other; what was received before it counts.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  static async connect(port: number): Promise<Client> {
    const client = new Client(connect({ port, host: '127.0.0.1', noDelay: true }));
    await once(client.socket, 'connect');
    return client;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#received);
  }

  get text(): string {
    return this.bytes.toString();
  }

  send(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  /** Says that nothing more will come, and still listens. */
  end(data: string | Uint8Array = ''): void {
    this.socket.end(data);
  }

  /** Resolves to all that came so far, as soon as this is part of it. */
  async until(part: string): Promise<string> {
    while (!this.text.includes(part)) {
      if (this.#closed)
        throw new Error(`closed before ${JSON.stringify(part)}: ${JSON.stringify(this.text)}`);
      await this.#news();
    }
    return this.text;
  }

  /** Resolves to all that came, when the server has closed the connection. */
  async untilClosed(): Promise<string> {
    while (!this.#closed) await this.#news();
    return this.text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.untilClosed();
  }

  #news(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
