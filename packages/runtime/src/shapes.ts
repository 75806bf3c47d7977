/**
 * One process of each kind, with messages, in a kernel of its own, that lives as long as this module and does nothing.
 *
 * V8 forgets the shape of a class' objects when the last of them is collected, and with it the code that was optimised for
 * them; after a few times it gives up and looks every property up by name. A program whose last supervisor has just ended
 * would restart children four times slower from then on, and send messages seven times slower.
 *
 * @module
 */
import { startServer } from './behaviours/gen-server.ts';
import { defineServer } from './behaviours/gen-server-module.ts';
import { NoReplyResult, ReplyResult, StopResult } from './behaviours/gen-server-result.ts';
import type { Clock } from './clock.ts';
import { runtimeEvents } from './events.ts';
import { CastMessage, call as callProcess } from './process/call.ts';
import type { ReceiverProgram } from './process/code-program.ts';
import { Kernel } from './process/kernel.ts';
import { ExitMessage } from './process/message.ts';
import type { Self } from './process/self.ts';
import { spawnCode } from './process/spawn.ts';
import { EndWatch } from './process/watch.ts';
import { serverSpec } from './supervisor/child-spec.ts';
import { dynamicSupervisorServer } from './supervisor/dynamic-supervisor-server.ts';
import { supervisorServer } from './supervisor/supervisor-server.ts';

/** Of no runtime that anybody can meet. */
const NOWHERE = -1;

// The same members in the same order as the machine's clock, and nothing behind them.
const stillClock: Clock = {
  now: () => 0,
  soon: () => {},
  setAlarm: () => ({ keepAlive: () => {}, cancel: () => {} }),
};

function start(): Self {
  const kernel = new Kernel(NOWHERE, stillClock, runtimeEvents(), spawnCode);
  const { program } = spawnCode(kernel, undefined, false, { receive: () => {} });
  const { self } = program as ReceiverProgram;
  const idle = defineServer({ name: 'idle', init: () => null });
  void startServer(self, true, supervisorServer, { children: [serverSpec(idle, undefined)] });
  void startServer(self, true, dynamicSupervisorServer, {});
  return self;
}

/** Messages, which come and go: mostly there is none of a kind. */
function messages({ process, pid }: Self): readonly object[] {
  const { kernel } = process;
  // It is never answered, so that it waits for ever; nobody looks at the mailbox that it stands in.
  process.busy = true;
  const call = callProcess(kernel, undefined, 'call', pid, '', undefined, { timeout: 'infinity' });
  process.deliver(undefined);
  const watch = new EndWatch(process, () => {});
  watch.begin(process, 1);
  return [
    call,
    watch,
    new CastMessage('', undefined),
    new ExitMessage(pid, 'normal'),
    new ReplyResult(undefined, undefined, undefined),
    new NoReplyResult(undefined, undefined),
    new StopResult('shutdown', undefined, undefined),
  ];
}

const idle = start();
Kernel.shapes = [idle, ...messages(idle)];
