import type { AnyServer } from '../behaviours/gen-server-module.ts';
import { reply } from '../behaviours/gen-server-result.ts';
import { serverState } from '../behaviours/server-state.ts';
import { BadArgumentError } from '../errors.ts';
import type { ExitReason } from '../exit-reason.ts';
import type { Address, NameKeeper, NameScope } from '../name.ts';
import type { Pid } from '../pid.ts';
import type { From } from '../process/call.ts';
import type { Self } from '../process/self.ts';
import { Child } from './child.ts';
import type { ResolvedChildSpec } from './child-spec.ts';
import { type Flow, follow, runFlow } from './flow.ts';
import { type PartitionKey, partitionOf } from './partition-key.ts';
import type { RestartBudget } from './restart-budget.ts';
import { boot, supervisorServer } from './supervisor-server.ts';
import { SupervisorState } from './supervisor-state.ts';

/** A partition supervisor's options, checked and complete: the spec of each partition, whose id is its number. */
export interface PartitionInit {
  readonly budget: RestartBudget;
  readonly specs: readonly ResolvedChildSpec[];
}

/** How a resize went. */
export type ResizeResult =
  | { readonly kind: 'ok'; readonly before: number }
  | { readonly kind: 'tooMany'; readonly most: number }
  | { readonly kind: 'error'; readonly reason: ExitReason };

/** A supervisor's state, and how many of its children are partitions that keys lead to. */
export class PartitionState extends SupervisorState {
  readonly specs: readonly ResolvedChildSpec[];
  /** Keys lead to the partitions below this one; those from it on are stopped. */
  size: number;

  constructor(self: Self, { budget, specs }: PartitionInit) {
    super(self, { strategy: 'oneForOne', autoShutdown: 'never', budget });
    this.specs = specs;
    this.size = specs.length;
  }

  /** The process that a key leads to; undefined while it does not run, or if there are no partitions. */
  route(key: PartitionKey): Pid | undefined {
    if (this.size === 0) return undefined;
    return this.children.get(String(partitionOf(key, this.size)))?.runningPid;
  }

  /** Keys lead to a partition only while it is meant to run: it is stopped after, and started before. */
  *resize(size: number): Flow<ResizeResult> {
    const before = this.size;
    if (size > this.specs.length) return { kind: 'tooMany', most: this.specs.length };
    this.size = Math.min(before, size);
    for (const child of this.#partitions(size, before).reverse()) yield* this.stop(child);
    for (const child of this.#partitions(before, size)) {
      this.children.set(child.spec.id, child);
      const result = child.status === 'notRunning' ? yield* this.start(child) : undefined;
      if (result?.kind === 'error') return result;
      this.size++;
    }
    return { kind: 'ok', before };
  }

  #partitions(from: number, to: number): Child[] {
    // A temporary child is forgotten by its supervisor once it has ended.
    return this.specs.slice(from, to).map((spec) => this.children.get(spec.id) ?? new Child(spec));
  }
}

/** The partition supervisor as a server: a supervisor that can be resized. */
export const partitionSupervisorServer: AnyServer = {
  ...supervisorServer,
  name: 'PartitionSupervisor',
  init(init: PartitionInit, self) {
    self.trapExit(true);
    return runFlow(self, boot(new PartitionState(self, init), init.specs));
  },
  handleCall: {
    ...supervisorServer.handleCall,
    resize: (size: number, _from: From, state: PartitionState, self: Self) =>
      follow(runFlow(self, state.resize(size)), reply<ResizeResult>),
  },
  // Its children are not listed one by one; how many there are is changed by `resize`.
  codeChange: (_oldVersion: unknown, state: unknown) => state,
};

/** The state of a running partition supervisor; undefined if there is none at this address. */
export function findPartitions(scope: NameScope, supervisor: Address): PartitionState | undefined {
  const state = serverState(scope.whereis(supervisor));
  return state instanceof PartitionState ? state : undefined;
}

/** The names of the processes that keys lead to. */
export class PartitionNames implements NameKeeper<PartitionKey> {
  readonly #supervisor: Address;

  constructor(supervisor: Address) {
    this.#supervisor = supervisor;
  }

  whereis(key: PartitionKey, scope: NameScope): Pid | undefined {
    return findPartitions(scope, this.#supervisor)?.route(key);
  }

  register(): boolean {
    throw new BadArgumentError('a process cannot be started under the name of a partition, which has one');
  }

  /** Never called with effect: nobody was registered. */
  unregister(): void {}

  toString(): string {
    return String(this.#supervisor);
  }
}
