/** What the compiler must accept and refuse of names that others keep, and of those who keep them. Checked by `tsc`. */
import {
  Agent,
  type AgentRef,
  defineServer,
  GenServer,
  type NameKeeper,
  PartitionSupervisor,
  Registry,
  type RegistryEntry,
  type Runtime,
  type Self,
  serverSpec,
  serversSpec,
  type UpdateResult,
  via,
} from '../../src/index.ts';

declare const runtime: Runtime;
declare const self: Self;
declare const keeper: NameKeeper<number>;

/** Fails to compile unless the two types are the same. */
function same<One, Other>(..._equal: Same<One, Other> extends true ? [] : [never]): void {}
type Same<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

const counter = defineServer({ init: (start: number) => ({ count: start }) });
const idle = defineServer({ init: () => ({}) });

export async function names(): Promise<void> {
  const name = via(keeper, 7);
  await GenServer.start(runtime, counter, 1, { name });
  await runtime.call(name, 'count');
  self.send(name, 'message');
  self.register(name);
  serverSpec(counter, 1, { name });

  // @ts-expect-error this keeper's keys are numbers
  via(keeper, 'seven');
  // @ts-expect-error a keeper also gives names back
  via({ whereis: () => undefined, register: () => true }, 'key');
  // @ts-expect-error a via name is made by via
  await GenServer.start(runtime, counter, 1, { name: { keeper, key: 7 } });
}

export async function registries(): Promise<void> {
  const rooms = await Registry.start(runtime, { keys: 'unique' }, { name: 'rooms' });
  Registry.register(self, rooms, 'lobby', 1);
  const found = Registry.lookup<number>(runtime, 'rooms', 'lobby');
  same<typeof found, RegistryEntry<number>[]>();
  const updated = Registry.updateValue<number>(self, 'rooms', 'lobby', (value) => value + 1);
  same<typeof updated, UpdateResult<number>>();
  const locked = await Registry.lock(self, 'rooms', 'lobby', async () => 'done');
  same<typeof locked, string>();

  // @ts-expect-error keys are unique or duplicate
  await Registry.start(runtime, { keys: 'some' });
  // @ts-expect-error there are no partitions
  await Registry.start(runtime, { keys: 'unique', partitions: 4 });
  // @ts-expect-error a process registers itself
  Registry.register(runtime, rooms, 'lobby');
}

export async function agents(): Promise<void> {
  const agent = await Agent.start(runtime, async () => ({ count: 1 }));
  same<typeof agent, AgentRef<{ count: number }>>();
  const count = await agent.get((state) => state.count);
  same<typeof count, number>();
  const before = await agent.getAndUpdate((state) => [String(state.count), { count: 2 }]);
  same<typeof before, string>();
  agent.cast((state) => ({ count: state.count + 1 }));

  // @ts-expect-error the new state is not of the state's type
  await agent.update(() => 'two');
  // @ts-expect-error the answer comes with the new state
  await agent.getAndUpdate((state) => state);
}

export async function partitions(): Promise<void> {
  const child = serversSpec(counter);
  await PartitionSupervisor.start(runtime, { child, partitions: 4, argument: (partition) => partition });
  await PartitionSupervisor.start(runtime, { child: serversSpec(idle), partitions: 4 });
  await runtime.call(PartitionSupervisor.via('counters', self.pid), 'count');

  // @ts-expect-error each partition needs an argument
  await PartitionSupervisor.start(runtime, { child, partitions: 4 });
  // @ts-expect-error the argument has another type
  await PartitionSupervisor.start(runtime, { child, partitions: 4, argument: () => 'four' });
  // @ts-expect-error how many there are has to be said
  await PartitionSupervisor.start(runtime, { child, argument: () => 4 });
  // @ts-expect-error an object is another one each time
  PartitionSupervisor.via('counters', {});
}
