import { BadOptionError, FrameTooLargeError } from '../errors.ts';

/**
 * How the bytes of a connection are cut into frames. OTP: the option `packet` of inet(3).
 *
 * - `'raw'`: not at all; what comes is handed on as it comes.
 * - `'line'`: behind each `lineDelimiter`, which is part of the frame.
 * - `1`, `2`, `4`: by a length in so many bytes, big-endian, in front of each frame. It is not part of the frame, and is put
 *   in front of what is sent.
 */
export type Packet = 'raw' | 'line' | 1 | 2 | 4;

/** How what a client sends is cut into frames: of a server, a socket, or one `recv`. OTP: `{packet, _}` of `inet:setopts/2`. */
export interface FramingOptions {
  /** How frames are told apart; `'raw'` unless said. */
  readonly packet?: Packet;
  /**
   * How many bytes a frame that is received may have: with the delimiter, without the length in front. 1 MiB unless said,
   * up to what the header can say, or `'infinity'`; a longer one is an error. With `'raw'` there are no frames to be limited.
   */
  readonly packetSize?: number | 'infinity';
  /** The byte that ends a line; 10, which is LF, unless said. For `'line'` alone. */
  readonly lineDelimiter?: number;
}

/** The options, checked and complete. Made by `framingOf` alone. */
export interface Framing {
  readonly packet: Packet;
  /** `Infinity` in here if there is no limit. */
  readonly packetSize: number;
  readonly lineDelimiter: number;
}

const DEFAULT_PACKET_SIZE = 1024 * 1024;
const LINE_FEED = 0x0a;
const PACKETS: readonly Packet[] = ['raw', 'line', 1, 2, 4];

/** Checks the options of framing and fills in the defaults. Throws `BadOptionError`, which names the one that is wrong. */
export function framingOf(options: FramingOptions = {}): Framing {
  const { packet = 'raw', packetSize = DEFAULT_PACKET_SIZE, lineDelimiter = LINE_FEED } = options;
  if (!PACKETS.includes(packet)) throw BadOptionError.of('packet', "'raw', 'line', 1, 2 or 4", packet);
  if (options.packetSize !== undefined && packet === 'raw') {
    throw BadOptionError.of('packetSize', "left out with the packet 'raw', which has no frames", packetSize);
  }
  if (packetSize !== 'infinity' && !(Number.isInteger(packetSize) && packetSize >= 1)) {
    throw BadOptionError.of('packetSize', "a whole number >= 1 or 'infinity'", packetSize);
  }
  if (options.lineDelimiter !== undefined && packet !== 'line') {
    throw BadOptionError.of('lineDelimiter', "left out unless the packet is 'line'", lineDelimiter);
  }
  if (!(Number.isInteger(lineDelimiter) && lineDelimiter >= 0 && lineDelimiter <= 0xff)) {
    throw BadOptionError.of('lineDelimiter', 'a byte, from 0 to 255', lineDelimiter);
  }
  return {
    packet,
    packetSize: packetSize === 'infinity' ? Number.POSITIVE_INFINITY : packetSize,
    lineDelimiter,
  };
}

/**
 * Answers what is to be sent in front of a frame of `length` bytes; undefined if there is nothing to send in front.
 *
 * Throws `FrameTooLargeError` if its length does not fit, where gen_tcp sends the lower bits of it, and the other side takes
 * the rest of the frame for frames. `packetSize` is for what is received alone, as in OTP.
 */
export function frameHeader({ packet }: Framing, length: number): Buffer | undefined {
  if (packet === 'raw' || packet === 'line') return undefined;
  const limit = 256 ** packet - 1;
  if (length > limit) throw new FrameTooLargeError(limit, length);
  const header = Buffer.allocUnsafe(packet);
  header.writeUIntBE(length, 0, packet);
  return header;
}
