import { BadArgumentError } from '../errors.ts';
import { Pid } from '../pid.ts';
import { Ref } from '../ref.ts';

/** What can be routed by: what is the same from one time to the next. */
export type PartitionKey = number | bigint | string | boolean | symbol | null | undefined | Pid | Ref;

/**
 * The partition of a key, from 0 to `partitions` - 1: a whole number by its remainder, so that the caller can choose;
 * anything else by a hash, always the same. Elixir: `abs(key) rem partitions` and `:erlang.phash2`.
 */
export function partitionOf(key: PartitionKey, partitions: number): number {
  if (typeof key === 'number' && Number.isInteger(key)) return Math.abs(key) % partitions;
  if (typeof key === 'bigint') return Number((key < 0n ? -key : key) % BigInt(partitions));
  return hash(String(key)) % partitions;
}

/** The key itself, or an error that says what can be routed by. */
export function checkPartitionKey(key: unknown): PartitionKey {
  const isObject = (typeof key === 'object' && key !== null) || typeof key === 'function';
  if (!isObject || key instanceof Pid || key instanceof Ref) return key as PartitionKey;
  throw BadArgumentError.of('the key of a partition', 'a number, string, symbol, pid or reference', key);
}

// FNV-1a over UTF-16 code units, 32 bits.
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
