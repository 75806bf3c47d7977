import { daytime, echo, httpHelloWorld, messenger } from '@thousand-island/handlers';
import type { AnyHandler } from '@thousand-island/island';
import type { ChildSpec } from '@thousand-island/runtime';
import { LOBBY, lobbySpec } from './lobby.ts';

/** A handler, and what else it takes to serve it. */
export interface Servable {
  readonly handler: AnyHandler;
  readonly handlerOptions?: unknown;
  /** Processes that the handler talks to. */
  readonly companions?: readonly ChildSpec[];
}

/** The names of the ready handlers. */
export type ReadyName = 'echo' | 'http-hello-world' | 'daytime' | 'messenger';

/** The handlers that have a name of their own on the command line. */
export const READY_HANDLERS: Readonly<Record<ReadyName, Servable>> = {
  echo: { handler: echo },
  'http-hello-world': { handler: httpHelloWorld },
  daytime: { handler: daytime },
  messenger: { handler: messenger, handlerOptions: { deliverTo: LOBBY }, companions: [lobbySpec()] },
};

/** Their names, for messages. */
export const READY_NAMES = Object.keys(READY_HANDLERS).join(', ');

/** Whether there is a ready handler of that name. */
export function isReadyName(name: string): name is ReadyName {
  return Object.hasOwn(READY_HANDLERS, name);
}
