import type { TlsTransport } from '@thousand-island/island';
import type { Environment } from './environment.ts';
import type { Output } from './output.ts';
import { certificateMessage } from './tls-flags.ts';

/** Where it is told what came of a reload. */
interface Screens {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly json: boolean;
}

/**
 * Has a transport read its certificates again at each SIGHUP, as nginx and haproxy do. One that is of no use changes nothing: it is
 * told, and the server goes on with what it has. Dispose of it and SIGHUP is Node's again.
 */
export class CertificateReload implements Disposable {
  readonly #off: () => void;

  constructor(transport: TlsTransport, environment: Environment, { stdout, stderr, json }: Screens) {
    const told = json ? JSON.stringify({ event: 'reloaded' }) : 'the certificates have been read again';
    this.#off = environment.onHangup(() => {
      void transport.reload().then(
        () => stdout.line(told),
        (error: Error) =>
          stderr.line(`island: the certificates stay as they are: ${certificateMessage(error)}`),
      );
    });
  }

  [Symbol.dispose](): void {
    this.#off();
  }
}
