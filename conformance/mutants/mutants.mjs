/**
 * Rules of OTP that the recordings show, each broken in one place. The edits are made in a copy of the runtime's sources; the text to be replaced
 * must be there exactly once, so that a mutant that no longer fits is noticed.
 *
 * @typedef {{ readonly name: string, readonly file: string, readonly from: string, readonly to: string }} Mutant
 */

const state = 'supervisor/supervisor-state.ts';
const server = 'supervisor/supervisor-server.ts';
const dynamic = 'supervisor/dynamic-supervisor-server.ts';
const child = 'supervisor/child.ts';
const exit = 'process/exit.ts';
const link = 'process/link.ts';
const self = 'process/self.ts';
const kernel = 'process/kernel.ts';

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
    from: 'planRestart(strategy, child, this.children.values());',
    to: "planRestart(strategy, child, this.children.values()).filter((each) => each.status !== 'notRunning');",
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
    from: 'planRestart(strategy, child,',
    to: "planRestart(child.status === 'restarting' && strategy === 'oneForAll' ? 'restForOne' : strategy, child,",
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
    from: 'now - (times[this.#from] as number) > limits.periodMs',
    to: 'false',
  },
  { name: 'which-in-start-order', file: server, from: '.reverse()', to: '' },
  {
    name: 'attempt-before-giving-up',
    file: state,
    from: "report(this.#self, 'shutdown',",
    to: "void startChild(this.#self, child.spec);\n      report(this.#self, 'shutdown',",
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
    from: 'order.slice(order.indexOf(failed))',
    to: 'order',
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
    from: "if (restart === 'temporary') return this.#finished(child, pid);",
    to: '',
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
  {
    name: 'kill-trapped',
    file: exit,
    from: "if (reason === 'kill') endProcess",
    to: "if (reason === 'kill' && !target.trapsExit) endProcess",
  },
  {
    name: 'kill-over-a-link-kills',
    file: exit,
    from: "if (target.trapsExit) target.deliver(new ExitMessage(from, reason));\n  else if (reason !== 'normal') endProcess",
    to: "if (reason === 'kill') endProcess(target, 'killed', false);\n  else if (target.trapsExit) target.deliver(new ExitMessage(from, reason));\n  else if (reason !== 'normal') endProcess",
  },
  {
    name: 'killed-becomes-kill-over-links',
    file: exit,
    from: 'signalLinkedExit(linked, process.pid, process.exitReason)',
    to: "signalLinkedExit(linked, process.pid, process.exitReason === 'killed' ? 'kill' : process.exitReason)",
  },
  {
    name: 'normal-spreads-over-links',
    file: exit,
    from: "else if (reason !== 'normal') endProcess",
    to: 'else endProcess',
  },
  {
    name: 'normal-to-itself-is-nothing',
    file: exit,
    from: "else if (reason !== 'normal' || from === target.pid) endProcess",
    to: "else if (reason !== 'normal') endProcess",
  },
  {
    name: 'trapped-normal-is-dropped',
    file: exit,
    from: "else if (target.trapsExit) target.deliver(new ExitMessage(from, reason));\n  else if (reason !== 'normal' ||",
    to: "else if (target.trapsExit && reason !== 'normal') target.deliver(new ExitMessage(from, reason));\n  else if (reason !== 'normal' ||",
  },
  {
    name: 'exit-reason-of-the-second-signal-wins',
    file: exit,
    from: "else if (reason !== 'normal' || from === target.pid) endProcess(target, reason, false);",
    to: `else if (reason !== 'normal' || from === target.pid) {
    const isFirst = !('last' in target);
    Object.assign(target, { last: reason });
    if (isFirst) queueMicrotask(() => endProcess(target, Reflect.get(target, 'last'), false));
  }`,
  },
  {
    name: 'exit-over-a-link-is-never-trapped',
    file: exit,
    from: 'if (linked.alive) signalLinkedExit',
    to: 'if (linked.alive && !linked.trapsExit) signalLinkedExit',
  },
  {
    name: 'name-kept-after-death',
    file: kernel,
    from: 'if (process.name !== undefined) this.#names.delete(process.name);',
    to: '',
  },
  {
    name: 'two-names-for-a-process',
    file: kernel,
    from: 'if (process.name !== undefined) {',
    to: 'if (false) {',
  },
  {
    name: 'name-taken-over',
    file: kernel,
    from: 'if (holder !== undefined) throw',
    to: 'if (false) throw',
  },
  {
    name: 'send-to-unknown-name-silent',
    file: kernel,
    from: 'if (target === undefined) throw new NoProcessError(`no process is registered as',
    to: 'if (target === undefined) return void (`',
  },
  {
    name: 'link-to-the-dead-is-silent',
    file: link,
    from: "else if (process.trapsExit) process.deliver(new ExitMessage(pid, 'noproc'));",
    to: 'else if (process.trapsExit) return;',
  },
  {
    name: 'link-to-the-dead-never-fails',
    file: link,
    from: "else if (process.trapsExit) process.deliver(new ExitMessage(pid, 'noproc'));",
    to: "else if (checkPid) process.deliver(new ExitMessage(pid, 'noproc'));",
  },
  {
    name: 'double-link-needs-double-unlink',
    file: link,
    from: 'if (one === other) return;',
    to: `if (one === other) return;
  if (one.links === other || (one.links instanceof Set && one.links.has(other))) {
    for (const [mine, theirs] of [[one, other], [other, one]]) {
      const links = mine.links instanceof Set ? mine.links : new Set([mine.links]);
      let isSpare = true;
      links.delete = (member) => {
        if (member !== theirs || !isSpare) return Set.prototype.delete.call(links, member);
        isSpare = false;
        return true;
      };
      mine.links = links;
    }
    return;
  }`,
  },
  {
    name: 'unlink-leaves-the-other-side',
    file: link,
    from: 'target.links = excluding(target.links, process);',
    to: '',
  },
  {
    name: 'unlink-flushes',
    file: link,
    from: 'const target = processOf(checkPid(pid));\n  if (target === undefined) return;',
    to: 'const target = processOf(checkPid(pid));\n  process.mailbox.take((message) => message instanceof ExitMessage && message.from === pid);\n  if (target === undefined) return;',
  },
  {
    name: 'one-monitor-a-pair',
    file: link,
    from: 'else if (found !== process) watch.attach(found);',
    to: 'else if (found !== process && ![...(process.watching instanceof Set ? process.watching : [process.watching])].some((each) => each?.target === found)) watch.attach(found);',
  },
  {
    name: 'monitor-of-itself-counts',
    file: link,
    from: 'else if (found !== process) watch.attach(found);',
    to: 'else watch.attach(found);',
  },
  {
    name: 'monitor-of-the-dead-is-silent',
    file: link,
    from: "if (found === undefined) watch.down('noproc');",
    to: 'if (found === undefined) return watch;',
  },
  {
    name: 'down-not-flushed',
    file: link,
    from: 'if (options.flush === true)',
    to: 'if (false)',
  },
  {
    name: 'demonitor-always-flushes',
    file: link,
    from: 'if (options.flush === true)',
    to: 'if (true)',
  },
  {
    name: 'demonitor-of-a-stranger',
    file: link,
    from: '|| ref.owner !== process',
    to: '',
  },
  {
    name: 'trap-flag-answers-the-new-value',
    file: self,
    from: 'return before;',
    to: 'return traps;',
  },
  {
    name: 'spawn-link-links-nobody',
    file: 'process/spawn.ts',
    from: 'linkProcesses(parent, process);',
    to: '',
  },
  {
    name: 'the-dead-can-send',
    file: self,
    from: 'if (this.process.alive) this.process.kernel.send(',
    to: 'this.process.kernel.send(',
  },
  {
    name: 'selective-receive-takes-the-oldest',
    file: 'process/mailbox.ts',
    from: 'ring[(this.#head + i) & mask] = ring[(this.#head + i - 1) & mask];\n    this.shift();\n    return message;',
    to: 'ring[i & mask];\n    return this.shift();',
  },
  {
    name: 'selective-receive-takes-the-newest',
    file: 'process/mailbox.ts',
    from: 'for (let index = from; index < this.length; index++)',
    to: 'for (let index = this.length - 1; index >= from; index--)',
  },
];
