import { isIPv4, isIPv6 } from 'node:net';
import { ProxyProtocolError } from '../errors.ts';
import { canonicalIPv6 } from './ip-address.ts';
import type { ProxyHeader, ProxyIpAddress } from './proxy-header.ts';
import { headerScan, moreScan, type ProxyScan, rejectedScan } from './proxy-scan.ts';
import { V1_MAX_LENGTH, V1_SIGNATURE } from './wire.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const UNKNOWN = 'UNKNOWN';
const UNKNOWN_WITH_MORE = Buffer.from(`PROXY ${UNKNOWN} `, 'latin1');
const PORT = /^(?:0|[1-9]\d{0,4})$/;

/** Reads a header of version 1 from bytes that begin with its signature. */
export function scanV1(bytes: Buffer): ProxyScan {
  const end = lineEnd(bytes.subarray(0, V1_MAX_LENGTH));
  if (end === 'lone') return rejectedScan('badLineEnd', 'a lone CR or LF is in the PROXY line');
  if (end === undefined) {
    return bytes.length < V1_MAX_LENGTH
      ? moreScan(V1_MAX_LENGTH)
      : rejectedScan('tooLong', `the PROXY line does not end within ${V1_MAX_LENGTH} bytes`);
  }
  const header = parseLine(bytes.toString('latin1', V1_SIGNATURE.length, end));
  return header instanceof ProxyProtocolError
    ? { kind: 'rejected', error: header }
    : headerScan(header, end + 2);
}

/** Answers where the CRLF is, or that a line end which is none comes before it. Says so of the earliest bytes that show it. */
function lineEnd(bytes: Buffer): number | 'lone' | undefined {
  if (bytes.subarray(0, UNKNOWN_WITH_MORE.length).equals(UNKNOWN_WITH_MORE)) {
    // 2.1: of UNKNOWN, anything that is presented before the CRLF is ignored.
    const end = bytes.indexOf('\r\n', 0, 'latin1');
    return end === -1 ? undefined : end;
  }
  const at = bytes.findIndex((byte) => byte === LINE_FEED || byte === CARRIAGE_RETURN);
  if (at === -1) return undefined;
  if (bytes[at] === LINE_FEED) return 'lone';
  if (at + 1 === bytes.length) return undefined;
  return bytes[at + 1] === LINE_FEED ? at : 'lone';
}

function parseLine(line: string): ProxyHeader | ProxyProtocolError {
  const [protocol, ...fields] = line.split(' ');
  const base = { version: 1, command: 'proxy' } as const;
  if (protocol === UNKNOWN)
    return { ...base, transport: 'unspec', source: undefined, destination: undefined };
  if (protocol !== 'TCP4' && protocol !== 'TCP6') {
    return new ProxyProtocolError('badProtocol', 'the PROXY line is for none of TCP4, TCP6 and UNKNOWN');
  }
  const [sourceAddress, destinationAddress, sourcePort, destinationPort] = fields;
  if (fields.length !== 4 || !sourceAddress || !destinationAddress || !sourcePort || !destinationPort) {
    return new ProxyProtocolError(
      'badFields',
      'the PROXY line is not two addresses and two ports, singly spaced',
    );
  }
  const source = endpoint(protocol, sourceAddress, sourcePort);
  if (source instanceof ProxyProtocolError) return source;
  const destination = endpoint(protocol, destinationAddress, destinationPort);
  if (destination instanceof ProxyProtocolError) return destination;
  return { ...base, transport: protocol === 'TCP4' ? 'tcp4' : 'tcp6', source, destination };
}

function endpoint(
  protocol: 'TCP4' | 'TCP6',
  address: string,
  port: string,
): ProxyIpAddress | ProxyProtocolError {
  const isAddress = protocol === 'TCP4' ? isIPv4(address) : isIPv6(address) && !address.includes('%');
  if (!isAddress)
    return new ProxyProtocolError('badAddress', `the PROXY line has an address that is not ${protocol}`);
  if (!PORT.test(port) || Number(port) > 0xffff) {
    return new ProxyProtocolError('badPort', 'the PROXY line has a port that is no number from 0 to 65535');
  }
  return protocol === 'TCP4'
    ? { address, port: Number(port), family: 'IPv4' }
    : { address: canonicalIPv6(address), port: Number(port), family: 'IPv6' };
}
