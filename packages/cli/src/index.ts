export type { Environment, StopSignal } from './environment.ts';
export { main } from './main.ts';
