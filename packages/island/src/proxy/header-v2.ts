import { ProxyProtocolError } from '../errors.ts';
import { addressText } from './ip-address.ts';
import { parseDetails } from './proxy-details.ts';
import type { ProxyAddress, ProxyHeader, ProxyTransport } from './proxy-header.ts';
import { headerScan, moreScan, type ProxyScan, rejectedScan } from './proxy-scan.ts';
import { UNIX_PATH_LENGTH, V2_FIXED_LENGTH, V2_SIGNATURE, V2_TRANSPORTS } from './wire.ts';

const TRANSPORT_OF = new Map<number, ProxyTransport>(
  Object.entries(V2_TRANSPORTS).map(([name, { byte }]) => [byte, name as ProxyTransport]),
);
const HIGHEST_FAMILY = 3;
const HIGHEST_PROTOCOL = 2;
const NOTHING_KNOWN = { version: 2, transport: 'unspec', source: undefined, destination: undefined } as const;

/** Reads a header of version 2 from bytes that begin with its signature. */
export function scanV2(bytes: Buffer, maxLength: number): ProxyScan {
  const [versionAndCommand, familyAndProtocol] = bytes.subarray(V2_SIGNATURE.length);
  if (versionAndCommand === undefined) return moreScan(V2_FIXED_LENGTH);
  const version = versionAndCommand >> 4;
  if (version !== 2) return rejectedScan('badVersion', `the PROXY header is of version ${version}`);
  const command = versionAndCommand & 0xf;
  if (command > 1) return rejectedScan('badCommand', `the PROXY header has the command ${command}`);
  const isLocal = command === 0;

  if (familyAndProtocol === undefined) return moreScan(V2_FIXED_LENGTH);
  const family = familyAndProtocol >> 4;
  const protocol = familyAndProtocol & 0xf;
  // 2.2: of LOCAL, everything is ignored but the length.
  if (!isLocal && family > HIGHEST_FAMILY) {
    return rejectedScan('badFamily', `the PROXY header has the address family ${family}`);
  }
  if (!isLocal && protocol > HIGHEST_PROTOCOL) {
    return rejectedScan('badTransport', `the PROXY header has the transport protocol ${protocol}`);
  }

  if (bytes.length < V2_FIXED_LENGTH) return moreScan(V2_FIXED_LENGTH);
  const length = V2_FIXED_LENGTH + bytes.readUInt16BE(V2_FIXED_LENGTH - 2);
  if (length > maxLength) {
    return rejectedScan('tooLong', `the PROXY header of ${length} bytes is over the limit of ${maxLength}`);
  }
  const transport = TRANSPORT_OF.get(familyAndProtocol) ?? 'unspec';
  const detailsFrom = V2_FIXED_LENGTH + V2_TRANSPORTS[transport].addressLength;
  if (!isLocal && length < detailsFrom) {
    return rejectedScan('badLength', `the PROXY header of ${length} bytes ends within its addresses`);
  }
  if (bytes.length < length) return moreScan(length);

  if (isLocal) return headerScan({ ...NOTHING_KNOWN, command: 'local' }, length);
  // How long addresses of an unspecified kind are nobody knows, and so not where TLVs begin: all of it is ignored.
  if (transport === 'unspec') return headerScan({ ...NOTHING_KNOWN, command: 'proxy' }, length);
  const header = parseHeader(bytes.subarray(0, length), transport, detailsFrom);
  return header instanceof ProxyProtocolError
    ? { kind: 'rejected', error: header }
    : headerScan(header, length);
}

function parseHeader(
  bytes: Buffer,
  transport: Exclude<ProxyTransport, 'unspec'>,
  detailsFrom: number,
): ProxyHeader | ProxyProtocolError {
  const details = parseDetails(bytes, detailsFrom);
  if (details instanceof ProxyProtocolError) return details;
  const [source, destination] = parseAddresses(bytes.subarray(V2_FIXED_LENGTH, detailsFrom), transport);
  return { version: 2, command: 'proxy', transport, source, destination, ...details };
}

function parseAddresses(
  bytes: Buffer,
  transport: Exclude<ProxyTransport, 'unspec'>,
): [source: ProxyAddress, destination: ProxyAddress] {
  switch (transport) {
    case 'unixStream':
    case 'unixDgram':
      return [
        { path: parsePath(bytes.subarray(0, UNIX_PATH_LENGTH)) },
        { path: parsePath(bytes.subarray(UNIX_PATH_LENGTH)) },
      ];
    case 'tcp4':
    case 'udp4':
    case 'tcp6':
    case 'udp6': {
      const size = (bytes.length - 4) / 2;
      const family = size === 4 ? 'IPv4' : 'IPv6';
      const ip = (at: number, port: number): ProxyAddress => ({
        address: addressText(bytes.subarray(at, at + size)),
        port: bytes.readUInt16BE(port),
        family,
      });
      return [ip(0, size * 2), ip(size, size * 2 + 2)];
    }
    default:
      return transport satisfies never;
  }
}

/** As the kernel reads it, unix(7): a path ends at its first NUL, or with the field; an abstract name begins with one. */
function parsePath(field: Buffer): string {
  const isAbstract = field[0] === 0;
  let end = field.indexOf(0);
  if (isAbstract) end = field.findLastIndex((byte) => byte !== 0) + 1;
  else if (end === -1) end = field.length;
  return field.toString('utf8', 0, end);
}
