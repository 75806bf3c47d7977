/** What the compiler must accept and refuse of supervisors and their children. Checked by `tsc`, never run. */
import {
  type ChildSpec,
  DynamicSupervisor,
  defineServer,
  type Pid,
  type Runtime,
  type Self,
  Supervisor,
  serverSpec,
  serversSpec,
  taskSpec,
} from '../../src/index.ts';

declare const runtime: Runtime;
declare const self: Self;
declare const pid: Pid;

const counter = defineServer({ name: 'counter', init: (start: number) => ({ count: start }) });

export async function supervisors(): Promise<void> {
  await Supervisor.start(runtime, { strategy: 'restForOne', intensity: 1, period: 5, autoShutdown: 'never' });
  await Supervisor.startLink(self, { children: [serverSpec(counter, 1), taskSpec('once', () => {})] });

  // @ts-expect-error OTP's atom is not the name of a strategy here
  await Supervisor.start(runtime, { strategy: 'one_for_one' });
  // @ts-expect-error there is no such strategy
  await Supervisor.start(runtime, { strategy: 'simpleOneForOne' });
  // @ts-expect-error there is no such option
  await Supervisor.start(runtime, { maxRestarts: 3 });
  // @ts-expect-error the period is a number of seconds
  await Supervisor.start(runtime, { period: '5s' });
  // @ts-expect-error a supervisor's children are a list
  await Supervisor.start(runtime, { children: { a: serverSpec(counter, 1) } });
  // @ts-expect-error a dynamic supervisor has one strategy
  await DynamicSupervisor.start(runtime, { strategy: 'oneForAll' });
}

export function specs(): readonly ChildSpec[] {
  return [
    { id: 'a', start: () => pid },
    {
      id: 'b',
      start: async () => ({ pid }),
      restart: 'transient',
      shutdown: 'brutalKill',
      significant: true,
    },
    { id: 'c', start: () => ({ kind: 'ignore' }), type: 'supervisor', shutdown: 'infinity' },
    serverSpec(counter, 1, { restart: 'temporary', shutdown: 10, label: 'first' }),
    // @ts-expect-error a child needs an id
    { start: () => pid },
    // @ts-expect-error a child needs a start
    { id: 'd' },
    // @ts-expect-error a start comes to a process
    { id: 'e', start: () => 'running' },
    // @ts-expect-error there is no such restart
    { id: 'f', start: () => pid, restart: 'always' },
    // @ts-expect-error there is no such shutdown
    { id: 'g', start: () => pid, shutdown: 'brutal_kill' },
    // @ts-expect-error there is no such type
    { id: 'h', start: () => pid, type: 'server' },
    // @ts-expect-error there is no such field
    { id: 'i', start: () => pid, modules: [] },
    // @ts-expect-error the server is started with a number
    serverSpec(counter, 'one'),
    // @ts-expect-error there is no such option
    serverSpec(counter, 1, { restarts: 'temporary' }),
  ];
}

export async function dynamic(): Promise<void> {
  const template = serversSpec(counter, { restart: 'temporary' });
  await DynamicSupervisor.startChild(self, pid, template, 1);
  await DynamicSupervisor.startChild(self, pid, { start: (supervisor) => supervisor.spawnLink(() => {}) });
  // @ts-expect-error the children are started with a number
  await DynamicSupervisor.startChild(self, pid, template, 'one');
  // @ts-expect-error a child of a dynamic supervisor is known by its pid
  await DynamicSupervisor.terminateChild(self, pid, 'a');
  // @ts-expect-error a child of a supervisor is known by its id
  await Supervisor.terminateChild(self, pid, pid);
}
