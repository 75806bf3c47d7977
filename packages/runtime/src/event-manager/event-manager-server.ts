import { defineServer } from '../behaviours/gen-server-module.ts';
import { reply } from '../behaviours/gen-server-result.ts';
import type { Pid } from '../pid.ts';
import { ExitMessage } from '../process/message.ts';
import type { Self } from '../process/self.ts';
import { type Flow, follow, runFlow } from '../supervisor/flow.ts';
import type { HandlerRef } from './event-handler.ts';
import type { SwapPlan } from './event-handler-result.ts';
import { HandlerList } from './handler-list.ts';
import { describeHandler } from './installed-handler.ts';

/** The requests of a manager, by their names, with what each carries. */
export interface ManagerRequests {
  add: { readonly ref: HandlerRef; readonly argument: unknown; readonly owner: Pid | undefined };
  delete: { readonly ref: HandlerRef; readonly argument: unknown };
  swap: { readonly ref: HandlerRef; readonly plan: SwapPlan; readonly owner: Pid | undefined };
  call: { readonly ref: HandlerRef; readonly request: string; readonly payload: unknown };
  notify: unknown;
  which: undefined;
}

function* onMessage(list: HandlerList, message: unknown): Flow<void> {
  // The end of an owner takes its handlers along; the others, and those that came after, are shown it as any message.
  if (message instanceof ExitMessage && message.from !== undefined) {
    yield* list.ownerEnded(message.from, message.reason);
  }
  yield* list.inform(message);
}

function answer(self: Self, flow: Flow<unknown>) {
  return follow(runFlow(self, flow), (value) => reply(value));
}

const nothing = (): undefined => undefined;

/** The manager as a server. It trusts what it is asked: `EventManager` checks first. */
export const eventManagerServer = defineServer({
  name: 'EventManager',
  init(_: undefined, self) {
    // As `gen_event` does: it is linked to the owners of handlers, and is to outlive them.
    self.trapExit(true);
    return new HandlerList(self);
  },
  handleCall: {
    add: ({ ref, argument, owner }: ManagerRequests['add'], _from, list, self) =>
      answer(self, list.add(ref, argument, owner)),
    delete: ({ ref, argument }: ManagerRequests['delete'], _from, list, self) =>
      answer(self, list.delete(ref, argument)),
    swap: ({ ref, plan, owner }: ManagerRequests['swap'], _from, list, self) =>
      answer(self, list.swap(ref, plan, owner)),
    call: ({ ref, request, payload }: ManagerRequests['call'], _from, list, self) =>
      answer(self, list.call(ref, request, payload)),
    notify: (event: unknown, _from, list, self) => answer(self, list.notify(event)),
    which: (_: undefined, _from, list) => reply(list.handlers.map(({ ref }) => ref)),
  },
  handleCast: {
    notify: (event: unknown, list, self) => follow(runFlow(self, list.notify(event)), nothing),
  },
  handleInfo: (message, list: HandlerList, self) => follow(runFlow(self, onMessage(list, message)), nothing),
  terminate: (_reason, list, self) => runFlow(self, list.stop()),
  describe: ({ handlers }) => ({ details: { handlers: handlers.map(({ ref }) => describeHandler(ref)) } }),
});
