import { type Pid, Registry, Supervisor, TaskSupervisor } from '../../src/index.ts';
import { StateMachine } from '../../src/state-machine/index.ts';
import { light } from './light.ts';
import type { World } from './world.ts';

/** What the peers use, by name. */
export const SERVICES = {
  keys: 'soak-keys',
  topics: 'soak-topics',
  tasks: 'soak-tasks',
  lights: ['soak-light-0', 'soak-light-1', 'soak-light-2'],
} as const;

/** Starts them under a supervisor of their own. They are killed now and then too. */
export async function startServices(world: World): Promise<Pid> {
  return Supervisor.start(world.runtime, {
    intensity: 1_000,
    children: [
      Registry.childSpec('keys', { keys: 'unique' }, { name: SERVICES.keys }),
      Registry.childSpec('topics', { keys: 'duplicate' }, { name: SERVICES.topics }),
      TaskSupervisor.childSpec('tasks', {}, { name: SERVICES.tasks }),
      ...SERVICES.lights.map((name, index) =>
        StateMachine.childSpec(light, { id: name, name, resume: index > 0 }),
      ),
    ],
  });
}
