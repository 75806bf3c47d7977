/** The connections of one run of the JavaScript client: what traffic.c is for the C one. */
import { connect as connectPlain } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Latency } from './latency.mjs';

const patternPeriod = 251;
const longestRead = 1 << 20;
const maxFailures = 1_000;

export class Traffic {
  /** 'running' (setting up, warming up), 'measuring' or 'draining'. */
  stage = 'running';
  messages = 0;
  failures = 0;
  latency = new Latency();

  #flags;
  #pattern;
  #dials = 0;
  #connections = new Set();

  constructor(flags) {
    this.#flags = flags;
    // Each place in a stream has its own byte: lost, doubled or reordered ones do not compare equal.
    this.#pattern = Buffer.alloc(Math.max(flags.size, longestRead) + patternPeriod);
    for (let i = 0; i < this.#pattern.length; i++) this.#pattern[i] = i % patternPeriod;
  }

  /** How many connections were started, those that came after a failure or a close included. */
  get dials() {
    return this.#dials;
  }

  get settled() {
    for (const { askedAt } of this.#connections)
      if (askedAt === undefined || askedAt.length > 0) return false;
    return true;
  }

  /** Calls `onAnswered` with each message that is back, in idle mode. */
  dial(onAnswered) {
    const { port, tls, sourceAddresses } = this.#flags;
    const options = { host: '127.0.0.1', port, noDelay: true };
    if (sourceAddresses > 1) options.localAddress = `127.0.0.${1 + (this.#dials % sourceAddresses)}`;
    this.#dials++;
    const socket = tls ? connectTls({ ...options, rejectUnauthorized: false }) : connectPlain(options);
    const connection = {
      socket,
      dialledAt: performance.now(),
      askedAt: undefined,
      sent: 0,
      received: 0,
      part: 0,
    };
    this.#connections.add(connection);
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      connection.askedAt = [];
      for (let i = 0; i < this.#flags.depth; i++) this.#ask(connection);
    });
    socket.on('data', (data) => this.#receive(connection, data, onAnswered));
    socket.on('error', () => {});
    // One that we have closed ourselves has been taken out before.
    socket.on('close', () => {
      if (!this.#connections.delete(connection)) return;
      if (++this.failures > maxFailures) throw new Error('too many connections failed');
      if (this.stage !== 'draining') this.dial(onAnswered);
    });
  }

  #ask(connection) {
    const { size } = this.#flags;
    const from = connection.sent % patternPeriod;
    connection.askedAt.push(performance.now());
    connection.sent += size;
    connection.socket.write(this.#pattern.subarray(from, from + size));
  }

  #receive(connection, data, onAnswered) {
    if (!this.#isEcho(connection, data)) throw new Error('the server did not echo what was sent');
    connection.received += data.length;
    connection.part += data.length;
    while (connection.part >= this.#flags.size) {
      connection.part -= this.#flags.size;
      this.#answered(connection, connection.askedAt.shift(), onAnswered);
    }
  }

  #isEcho({ sent, received }, data) {
    if (received + data.length > sent) return false;
    if (this.stage === 'measuring' && !this.#flags.verify) return true;
    for (let at = 0; at < data.length; at += longestRead) {
      const piece = data.subarray(at, at + longestRead);
      const from = (received + at) % patternPeriod;
      if (piece.compare(this.#pattern, from, from + piece.length) !== 0) return false;
    }
    return true;
  }

  #answered(connection, askedAt, onAnswered) {
    const { mode } = this.#flags;
    if (this.stage === 'measuring') {
      this.messages++;
      this.latency.record(performance.now() - (mode === 'churn' ? connection.dialledAt : askedAt));
    }
    if (mode === 'churn') {
      this.#connections.delete(connection);
      connection.socket.end();
      if (this.stage !== 'draining') this.dial();
    } else if (mode === 'idle') onAnswered();
    else if (this.stage !== 'draining') this.#ask(connection);
  }
}
