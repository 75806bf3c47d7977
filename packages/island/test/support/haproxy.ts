import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProxyHeader, ProxyHeaderReader } from '../../src/index.ts';
import { Channel } from './channel.ts';

/** The header that haproxy has sent on one connection. */
export interface Captured {
  readonly bytes: Buffer;
  readonly header: ProxyHeader;
}

/** A Unix socket that haproxy listens on, named like it, and how it goes on from there. */
export interface Frontend {
  readonly name: string;
  /** Behind `bind unix@…`; `CERT` is a certificate with its key. */
  readonly bind: string;
  /** Behind `server …`. */
  readonly server: string;
  /** The port of the server behind it, if that is another than the one that captures. */
  readonly port?: number;
}

export function isInstalled(program: string): boolean {
  return spawnSync(program, ['-v']).error === undefined;
}

/**
 * A real haproxy between Unix sockets in front and one server behind, which captures the headers that come. In front there
 * are no ports, which could be taken. It is started when it has checked that the server lives.
 */
export class Haproxy implements AsyncDisposable {
  readonly folder: string;
  readonly captured = new Channel<Captured>();
  /** The headers of its health checks. */
  readonly checks = new Channel<Captured>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #process: ChildProcess | undefined = undefined;

  private constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'island-haproxy-'));
    this.#server = createServer((socket) => this.#onSocket(socket));
  }

  static async start(frontends: readonly Frontend[]): Promise<Haproxy> {
    const haproxy = new Haproxy();
    try {
      await haproxy.#start(frontends);
    } catch (error) {
      await haproxy[Symbol.asyncDispose]();
      throw error;
    }
    return haproxy;
  }

  path(frontend: string): string {
    return join(this.folder, `${frontend}.sock`);
  }

  get certificate(): string {
    return readFileSync(join(this.folder, 'cert.pem'), 'utf8');
  }

  async #start(frontends: readonly Frontend[]): Promise<void> {
    const pem = join(this.folder, 'cert.pem');
    const key = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-sha256',
      '-days',
      '2',
      '-subj',
      '/CN=island.example',
    ];
    execFileSync('openssl', [...key, '-keyout', `${pem}.key`, '-out', `${pem}.crt`], { stdio: 'ignore' });
    writeFileSync(pem, `${readFileSync(`${pem}.crt`, 'utf8')}${readFileSync(`${pem}.key`, 'utf8')}`);
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    writeFileSync(join(this.folder, 'haproxy.cfg'), this.#configuration(frontends, port));

    this.#process = spawn('haproxy', ['-db', '-f', join(this.folder, 'haproxy.cfg')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const ended = once(this.#process, 'close').then(() => {
      throw new Error(`haproxy has ended: ${said}`);
    });
    await Promise.race([this.checks.next(), ended]);
  }

  #configuration(frontends: readonly Frontend[], port: number): string {
    const lines = [
      'defaults',
      '  mode tcp',
      '  timeout connect 10s',
      '  timeout client 10s',
      '  timeout server 10s',
      'backend checked',
      `  server checked 127.0.0.1:${port} send-proxy-v2 check check-send-proxy inter 50ms`,
    ];
    for (const { name, bind, server, port: behind = port } of frontends) {
      lines.push(`frontend ${name}`, `  bind unix@${this.path(name)} ${bind}`, `  default_backend ${name}`);
      lines.push('  unique-id-format id-of-%[str(a)]%[str(connection)]');
      lines.push(`backend ${name}`, `  server ${name} 127.0.0.1:${behind} ${server}`);
    }
    return `${lines.join('\n')}\n`.replaceAll('CERT', join(this.folder, 'cert.pem'));
  }

  #onSocket(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // A check is reset by haproxy as soon as it is connected.
    socket.on('error', () => undefined);
    const reader = new ProxyHeaderReader();
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      const reading = reader.push(chunk);
      if (reading.kind === 'more') return;
      socket.removeAllListeners('data').resume();
      if (reading.kind !== 'header')
        throw new Error(`haproxy has sent ${Buffer.concat(chunks).toString('hex')}`);
      const all = Buffer.concat(chunks);
      const bytes = all.subarray(0, all.length - reading.rest.length);
      const { header } = reading;
      (header.command === 'local' ? this.checks : this.captured).push({ bytes, header });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) {
      const closed = once(this.#process, 'close');
      this.#process.kill('SIGKILL');
      await closed;
    }
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) {
      this.#server.close();
      await once(this.#server, 'close');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
