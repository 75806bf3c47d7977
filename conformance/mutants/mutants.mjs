/**
 * Rules of OTP, each broken in one place. The edits are made in a copy of the runtime's sources; the text to be replaced
 * must be there exactly once, so that a mutant that no longer fits is noticed.
 *
 * @typedef {{ readonly name: string, readonly file: string, readonly from: string, readonly to: string }} Mutant
 */

const state = 'supervisor/supervisor-state.ts';
const server = 'supervisor/supervisor-server.ts';
const dynamic = 'supervisor/dynamic-supervisor-server.ts';
const child = 'supervisor/child.ts';
const exit = 'process/exit.ts';

/** @type {readonly Mutant[]} */
export const mutants = [
  {
    name: 'group-stop-oldest-first',
    file: state,
    from: 'yield* this.stopAll(group);',
    to: 'yield* this.stopAll([...group].reverse());',
  },
  {
    name: 'intensity-per-child',
    file: state,
    from: '!this.budget.spend(',
    to: '!(child.own ??= new this.budget.constructor(this.budget.limits)).spend(',
  },
  {
    name: 'normal-not-restarted',
    file: state,
    from: "if (restart !== 'permanent' && isCleanExit(reason))",
    to: "if (reason === 'normal' || (restart !== 'permanent' && isCleanExit(reason)))",
  },
  {
    name: 'retry-not-counted',
    file: state,
    from: 'if (!this.budget.spend(',
    to: "if (child.status !== 'restarting' && !this.budget.spend(",
  },
  {
    name: 'no-resurrection',
    file: state,
    from: '(each) => this.children.get(each) as Child,\n    );',
    to: "(each) => this.children.get(each) as Child,\n    ).filter((each) => each.status !== 'notRunning');",
  },
  {
    name: 'temporary-in-group',
    file: state,
    from: 'group.filter((each) => this.children.has(each.spec.id))',
    to: 'group.filter((each) => this.children.set(each.spec.id, each))',
  },
  {
    name: 'second-exit-recounted',
    file: state,
    from: "if (stopped.kind === 'error')",
    to: "if (stopped.kind === 'error' && (this.budget.spend(this.#self.now), true))",
  },
  {
    name: 'one_for_all-retries-only-failed',
    file: state,
    from: 'planRestart(this.strategy, id,',
    to: "planRestart(child.status === 'restarting' && this.strategy === 'oneForAll' ? 'restForOne' : this.strategy, id,",
  },
  {
    name: 'brutal-runs-terminate',
    file: child,
    from: "if (shutdown !== 'brutalKill') {",
    to: "if (shutdown === 'brutalKill') yield* wait(supervisor.endAndWait(pid, 'shutdown', 1));\n  else {",
  },
  {
    name: 'stranger-stops-supervisor',
    file: state,
    from: "if (child === undefined) return 'goOn';",
    to: "if (child === undefined) return 'giveUp';",
  },
  {
    name: 'normal-shutdown-ok',
    file: child,
    from: "restart !== 'permanent' && isCleanExit(reason)",
    to: 'isCleanExit(reason)',
  },
  {
    name: 'temporary-spec-kept',
    file: state,
    from: "this.#forgetPid(child);\n    if (child.spec.restart === 'temporary')",
    to: 'this.#forgetPid(child);\n    if (false)',
  },
  {
    name: 'terminate_child-is-significant',
    file: server,
    from: 'runFlow(self, stopOne(state, id)), reply<ChildResult>',
    to: `runFlow(self, stopOne(state, id)), (result) => {
      const significant = state.autoShutdown !== 'never' && state.children.get(id)?.spec.significant;
      return significant ? Object.assign(stop('shutdown'), { reply: [result] }) : reply(result);
    }`,
  },
  {
    name: 'window-never-slides',
    file: 'supervisor/restart-intensity.ts',
    from: 'restarts.filter((then) => now - then <= limits.periodMs)',
    to: '[...restarts]',
  },
  { name: 'which-in-start-order', file: server, from: '.reverse()', to: '' },
  {
    name: 'attempt-before-giving-up',
    file: state,
    from: "report(this.#self, 'shutdown',",
    to: "yield* this.start(child);\n      report(this.#self, 'shutdown',",
  },
  {
    name: 'temporary-crash-triggers-group',
    file: state,
    from: "if (restart === 'temporary') return this.#finished(child);",
    to: "if (restart === 'temporary' && this.strategy === 'oneForOne') return this.#finished(child);",
  },
  {
    name: 'kill-stays-kill',
    file: exit,
    from: "endProcess(target, 'killed', false)",
    to: "endProcess(target, 'kill', false)",
  },
  {
    name: 'restart_child-reports',
    file: server,
    from: "const result = yield* state.start(child);\n  return result.kind === 'ignore'",
    to: `const failure = yield* state.startAll([child]);
  const result = failure === undefined ? { kind: 'ok', pid: child.pid } : { kind: 'error', reason: failure.reason };
  return result.kind === 'ignore'`,
  },
  {
    name: 'normal-signal-kills',
    file: exit,
    from: "else if (reason !== 'normal' || from === target.pid) endProcess",
    to: 'else endProcess',
  },
  {
    name: 'rest_for_one-restarts-all',
    file: 'supervisor/restart-plan.ts',
    from: 'startOrder.slice(startOrder.indexOf(failed))',
    to: 'startOrder',
  },
  {
    name: 'exit-order-start-order',
    file: server,
    from: 'terminate: (_reason, state, self) => runFlow(self, state.stopAll(state.children.values()))',
    to: 'terminate: (_reason, state, self) => runFlow(self, state.stopAll([...state.children.values()].reverse()))',
  },
  {
    name: 'ignore-drops-spec',
    file: state,
    from: "if (result.kind === 'ignore' && child.spec.restart === 'temporary')",
    to: "if (result.kind === 'ignore')",
  },
  {
    name: 'dynamic-keeps-finished-children',
    file: dynamic,
    from: '#finished(child: Child, pid: Pid): Verdict {\n    this.children.delete(pid);',
    to: '#finished(child: Child, pid: Pid): Verdict {',
  },
  {
    name: 'dynamic-temporary-restarted',
    file: dynamic,
    from: "restart === 'temporary' ? this.#finished(child, pid) : yield* this.restart(child, pid)",
    to: 'yield* this.restart(child, pid)',
  },
  {
    name: 'dynamic-max-children-not-heeded',
    file: dynamic,
    from: 'if (this.children.size >= this.maxChildren)',
    to: 'if (false)',
  },
  {
    name: 'dynamic-ignored-restart-kept',
    file: dynamic,
    from: "this.children.delete(pid);\n    if (result.kind === 'ok') {",
    to: "if (result.kind === 'ok') {\n      this.children.delete(pid);",
  },
  {
    name: 'dynamic-all-significant-ends-with-the-first',
    file: dynamic,
    from: "for (const other of this.children.values()) if (other.spec.significant) return 'goOn';",
    to: '',
  },
];
