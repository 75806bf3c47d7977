export { Asker } from './asker.ts';
export type { AskableEvent, AskReply, SendableEvent } from './machine-events.ts';
export type { MachineChildOptions, MachineOptions } from './machine-options.ts';
export type { PersistedMachine } from './persisted-machine.ts';
export { postpone } from './postpone.ts';
export { reply } from './reply.ts';
export { StateMachine } from './state-machine.ts';
export { StateMachineRef } from './state-machine-ref.ts';
