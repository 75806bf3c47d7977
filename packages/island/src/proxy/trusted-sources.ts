import { BlockList } from 'node:net';
import { BadOptionError } from '../errors.ts';
import { addressBytes, addressText, unmapped } from './ip-address.ts';

const UNIX = 'unix';
const ALLOWED = `an IP address, a network such as '10.0.0.0/8', or '${UNIX}'`;

/**
 * Whose word is taken for the address of a client: the addresses of one's own proxies.
 *
 * An IPv6 address that stands for an IPv4 one (`::ffff:10.0.0.1`, which is what a socket of both families tells) is the IPv4
 * address, in an entry and in a question.
 */
export class TrustedSources {
  /** Whether those who connect over a Unix socket are trusted: `'unix'` is among the entries. */
  readonly trustsUnix: boolean;
  readonly #networks = new BlockList();

  /** Throws `BadOptionError`, which names the first entry that is none. No entries trust nobody. */
  constructor(entries: readonly string[]) {
    if (!Array.isArray(entries)) throw BadOptionError.of('trustedSources', 'a list', entries);
    this.trustsUnix = entries.includes(UNIX);
    entries.forEach((entry: unknown, index) => {
      if (entry !== UNIX) this.#add(`trustedSources[${index}]`, entry);
    });
  }

  /** Answers whether an address is one of them. What is no address is not; a zone (`fe80::1%eth0`) makes no difference. */
  has(address: string | undefined): boolean {
    if (typeof address !== 'string') return false;
    const [withoutZone = ''] = address.split('%', 1);
    const bytes = addressBytes(withoutZone);
    if (bytes === undefined) return false;
    const plain = unmapped(bytes);
    return this.#networks.check(addressText(plain), plain.length === 4 ? 'ipv4' : 'ipv6');
  }

  #add(option: string, entry: unknown): void {
    if (typeof entry !== 'string') throw BadOptionError.of(option, ALLOWED, entry);
    const [address = '', prefixText, ...more] = entry.split('/');
    const written = addressBytes(address);
    if (written === undefined || more.length > 0) throw BadOptionError.of(option, ALLOWED, entry);
    const writtenPrefix = prefixText === undefined ? written.length * 8 : Number(prefixText);
    if (!/^(?:0|[1-9]\d{0,2})$/.test(prefixText ?? '0') || writtenPrefix > written.length * 8) {
      throw BadOptionError.of(option, `${ALLOWED}, with a prefix of 0 to ${written.length * 8} bits`, entry);
    }
    // A prefix that does not reach into the last 32 bits is of more than the IPv4 addresses.
    const isMapped = written.length === 16 && writtenPrefix >= 96 && unmapped(written).length === 4;
    const bytes = isMapped ? unmapped(written) : written;
    const prefix = isMapped ? writtenPrefix - 96 : writtenPrefix;
    const network = masked(bytes, prefix);
    if (!network.equals(bytes)) {
      // Somebody has meant another prefix, or another address: it would trust more than was thought of.
      throw BadOptionError.of(
        option,
        `a network without bits behind its prefix (${addressText(network)}/${prefix})`,
        entry,
      );
    }
    this.#networks.addSubnet(addressText(bytes), prefix, bytes.length === 4 ? 'ipv4' : 'ipv6');
  }
}

function masked(bytes: Buffer, prefix: number): Buffer {
  return Buffer.from(
    bytes.map((byte, index) => {
      const bits = Math.min(Math.max(prefix - index * 8, 0), 8);
      return byte & (0xff00 >> bits);
    }),
  );
}
