import { generate, type SelfsignedOptions } from 'selfsigned';

/** A certificate with its key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

interface Wishes {
  /** The hosts it is for; the name and 127.0.0.1 unless said. */
  readonly hosts?: readonly string[];
  readonly keyType?: 'ec' | 'rsa';
  /** What its key is encrypted with. */
  readonly passphrase?: string;
  /** It was good until yesterday. */
  readonly expired?: boolean;
}

const DAY_MS = 86_400_000;

/** An authority of the test's own, that gives certificates to servers and clients. */
export class Authority {
  readonly cert: string;
  readonly key: string;

  private constructor(cert: string, key: string) {
    this.cert = cert;
    this.key = key;
  }

  static async make(name = 'test authority'): Promise<Authority> {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true },
      ],
    });
    return new Authority(cert, key);
  }

  async issue(name: string, wishes: Wishes = {}): Promise<Certificate> {
    const { hosts = [name], keyType = 'ec', expired = false, passphrase } = wishes;
    const options: SelfsignedOptions = {
      keyType,
      algorithm: 'sha256',
      // The package signs with keys of the certificate's own kind alone: an RSA one is signed by itself.
      ...(keyType === 'ec' ? { ca: { cert: this.cert, key: this.key } } : {}),
      extensions: [
        { name: 'keyUsage', digitalSignature: true, keyEncipherment: keyType === 'rsa' },
        { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
        {
          name: 'subjectAltName',
          altNames: [...hosts.map((value) => ({ type: 2 as const, value })), { type: 7, ip: '127.0.0.1' }],
        },
      ],
      ...(passphrase === undefined ? {} : { passphrase }),
      ...(expired
        ? { notBeforeDate: new Date(Date.now() - 2 * DAY_MS), notAfterDate: new Date(Date.now() - DAY_MS) }
        : {}),
    };
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], options);
    return { cert, key };
  }
}
