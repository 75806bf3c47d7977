import type { RawSocket } from '../transport.ts';
import { type ClientHello, ClientHelloReader } from './client-hello.ts';
import { handshakeError } from './tls-failure.ts';

/**
 * Reads what a client says first, and puts it back, so that the handshake begins with it. `raw` is paused before and after.
 * Rejects with `HandshakeError` if it is no ClientHello, or none comes to its end.
 */
export function peekClientHello(raw: RawSocket): Promise<ClientHello> {
  return new Promise((resolve, reject) => {
    const reader = new ClientHelloReader();
    const chunks: Buffer[] = [];
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      const reading = reader.push(chunk);
      if (reading.kind === 'incomplete') return;
      stop();
      if (reading.kind === 'invalid') {
        reject(handshakeError('notTls', reading.problem));
        return;
      }
      raw.unshift(chunks.length === 1 ? chunk : Buffer.concat(chunks));
      resolve(reading.hello);
    };
    const onGone = (): void => {
      stop();
      reject(handshakeError('closed'));
    };
    const stop = (): void => {
      raw.pause();
      raw.off('data', onData).off('end', onGone).off('close', onGone);
    };
    raw.on('data', onData).on('end', onGone).on('close', onGone);
    raw.resume();
  });
}
