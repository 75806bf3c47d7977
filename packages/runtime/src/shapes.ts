/**
 * One process of each kind, in a kernel of its own, that lives as long as this module and does nothing.
 *
 * V8 forgets the shape of a class' objects when the last of them is collected, and with it the code that was optimised for
 * them; after a few times it gives up and looks every property up by name. A program whose last supervisor has just ended
 * would restart children four times slower from then on, and send messages seven times slower.
 *
 * @module
 */
import { startServer } from './behaviours/gen-server.ts';
import { defineServer } from './behaviours/gen-server-module.ts';
import type { Clock } from './clock.ts';
import { runtimeEvents } from './events.ts';
import { ReceiverProgram } from './process/code-program.ts';
import { Kernel } from './process/kernel.ts';
import type { Self } from './process/self.ts';
import { createProcess, spawnCode } from './process/spawn.ts';
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
  const { process } = createProcess(
    kernel,
    undefined,
    false,
    (self) => new ReceiverProgram({ receive: () => {} }, self),
  );
  const { self } = process.program as ReceiverProgram;
  const idle = defineServer({ name: 'idle', init: () => null });
  void startServer(self, true, supervisorServer, { children: [serverSpec(idle, undefined)] });
  void startServer(self, true, dynamicSupervisorServer, {});
  return self;
}

Kernel.shapes = start();
