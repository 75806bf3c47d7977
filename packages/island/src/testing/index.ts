export type { MemoryClient, MemoryConnectOptions, MemoryDirectionOptions } from './memory-client.ts';
export { type MemoryTransport, memory } from './memory-transport.ts';
export type { MemoryDirection, Pieces } from './wire.ts';
