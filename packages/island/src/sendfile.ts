import type { FileHandle } from 'node:fs/promises';
import { Socket as NetSocket } from 'node:net';
import { BadArgumentError, type Self } from '@thousand-island/runtime';
import { SendfileError } from './errors.ts';
import type { FileRange } from './events.ts';
import { checkKnown } from './known-options.ts';
import { nodeFs } from './node-modules.ts';
import type { RawSocket } from './transport.ts';

/** As much of a file is in memory at a time, in bytes. */
const CHUNK_SIZE = 256 * 1024;

/** What is to be sent: a file's path, or a file that is open already and stays so. */
export type SendfileSource = string | FileHandle;

/** Which part of a file is to be sent, in bytes. */
export interface SendfileOptions {
  /** Where it begins; 0 unless said. */
  readonly offset?: number;
  /** How long it is at most; to the end of the file unless said, or if it is 0, as in Thousand Island and ranch. */
  readonly length?: number;
}

/** A part of a file, checked. */
export interface FilePart {
  readonly file: SendfileSource;
  readonly offset: number;
  /** `Infinity` for all there is. */
  readonly length: number;
  /** The same, as it is told to those who look on. */
  readonly range: FileRange;
}

const KNOWN = ['offset', 'length'];

/** Checks what `sendfile` was given. Throws `BadArgumentError` or `BadOptionError`. */
export function filePart(file: SendfileSource, options: SendfileOptions): FilePart {
  checkKnown('sendfile', options, KNOWN);
  const { offset = 0, length = 0 } = options;
  if (!isPath(file) && !isFileHandle(file))
    throw BadArgumentError.of('file', 'a path or an open FileHandle', file);
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw BadArgumentError.of('offset', 'a whole number of bytes >= 0', offset);
  if (!Number.isSafeInteger(length) || length < 0)
    throw BadArgumentError.of('length', 'a whole number of bytes >= 0', length);
  const range = { file: typeof file === 'string' ? file : `descriptor ${file.fd}`, offset, length };
  return { file, offset, length: length === 0 ? Number.POSITIVE_INFINITY : length, range };
}

/**
 * Writes a part of a file to `raw`, chunk by chunk: the next is read when `taken` says that the kernel has taken the one
 * before. Resolves to how many bytes that were, which is 0 if the part begins behind the end of the file.
 *
 * The process owns the file while it is open: killed, it leaves no descriptor behind. A file that the caller has opened is the
 * caller's. Rejects with `SendfileError` if the file cannot be opened or read, and with what `taken` rejects with.
 */
export async function writeFilePart(
  raw: RawSocket,
  part: FilePart,
  self: Self,
  taken: () => Promise<void>,
): Promise<number> {
  const { file } = part;
  if (typeof file !== 'string') return copy(raw, file, part, taken);
  const handle = await nodeFs()
    .promises.open(file, 'r')
    .catch((cause: Error) => {
      throw new SendfileError(0, `cannot open ${file}: ${cause.message}`, { cause });
    });
  const resource = { close: (): void => void handle.close().catch(() => {}) };
  try {
    // The process may have ended while the file was being opened.
    if (self.alive) self.own(resource);
    return await copy(raw, handle, part, taken);
  } finally {
    self.disown(resource);
    // Node closes it once, and not under a read that is under way.
    await handle.close().catch(() => {});
  }
}

async function copy(
  raw: RawSocket,
  handle: FileHandle,
  { offset, length }: FilePart,
  taken: () => Promise<void>,
): Promise<number> {
  // What lies below Node's own sockets has copied a chunk when it has taken it; another stream may still pass it on.
  const reused = raw instanceof NetSocket ? Buffer.allocUnsafeSlow(Math.min(CHUNK_SIZE, length)) : undefined;
  let sent = 0;
  while (sent < length) {
    const wanted = Math.min(CHUNK_SIZE, length - sent);
    const buffer = reused ?? Buffer.allocUnsafeSlow(wanted);
    const { bytesRead } = await handle.read(buffer, 0, wanted, offset + sent).catch((cause: Error) => {
      throw new SendfileError(sent, `cannot read the file: ${cause.message}`, { cause });
    });
    if (bytesRead === 0) break;
    if (!raw.destroyed) raw.write(buffer.subarray(0, bytesRead));
    await taken();
    sent += bytesRead;
  }
  return sent;
}

function isPath(file: unknown): file is string {
  return typeof file === 'string' && file !== '' && !file.includes('\0');
}

function isFileHandle(file: unknown): file is FileHandle {
  return (
    typeof file === 'object' &&
    file !== null &&
    typeof Reflect.get(file, 'fd') === 'number' &&
    typeof Reflect.get(file, 'read') === 'function'
  );
}
