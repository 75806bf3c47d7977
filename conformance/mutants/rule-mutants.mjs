/** Rules of OTP that no recording shows, each broken in one place; see `mutants.mjs`, and `rules.mjs` for what notices them. */

const state = 'supervisor/supervisor-state.ts';
const server = 'supervisor/supervisor-server.ts';
const dynamic = 'supervisor/dynamic-supervisor-server.ts';
const program = 'behaviours/gen-server-program.ts';
const request = 'behaviours/gen-server-request.ts';
const machine = 'state-machine/machine-server.ts';

/** @type {readonly import('./mutants.mjs').Mutant[]} */
export const mutants = [
  {
    name: 'asynchronous-cancel-forgets-to-cancel',
    file: 'process/cancel-timer.ts',
    from: 'process.alive && isTimer ? ref.cancel() : false',
    to: 'process.alive && isTimer ? (async || !info ? 10 : ref.cancel()) : false',
  },
  {
    name: 'asynchronous-cancel-sends-nothing',
    file: 'process/cancel-timer.ts',
    from: 'if (async && info) process.deliver',
    to: 'if (!async && info) process.deliver',
  },
  {
    name: 'late-response-arrives',
    file: request,
    from: 'if (giveUp) what.detach();',
    to: '',
  },
  {
    name: 'waiting-gives-the-request-up',
    file: request,
    from: 'if (giveUp) what.detach();',
    to: 'what.detach();',
  },
  {
    name: 'request-to-nobody-never-ends',
    file: request,
    from: "pending.down('noproc');",
    to: '',
  },
  {
    name: 'request-outlives-its-server',
    file: 'process/pending-request.ts',
    from: "this.#tell({ kind: 'error', reason, server: this.#server });",
    to: '',
  },
  {
    name: 'thrown-result-is-a-crash',
    file: program,
    from: 'if (!isResult(thrown)) return this.crash(thrown);\n      result = thrown;\n    }\n    if (result === undefined)',
    to: 'return this.crash(thrown);\n    }\n    if (result === undefined)',
  },
  {
    name: 'rejected-result-is-a-crash',
    file: program,
    from: 'return isResult(thrown) ? this.apply(thrown) : this.crash(thrown)',
    to: 'return this.crash(thrown)',
  },
  {
    name: 'init-cannot-throw-ignore',
    file: 'behaviours/gen-server-result.ts',
    from: 'if (isResult(thrown)) return thrown;\n',
    to: '',
  },
  {
    name: 'thrown-value-of-terminate-is-the-reason',
    file: program,
    from: 'if (isInstance(thrown, ExitThrow) || isError(thrown)) return',
    to: 'return',
  },
  {
    name: 'raised-error-of-terminate-is-dropped',
    file: program,
    from: 'if (isInstance(thrown, ExitThrow) || isError(thrown)) return',
    to: 'if (isInstance(thrown, ExitThrow)) return',
  },
  {
    name: 'code-is-changed-while-running',
    file: 'behaviours/system-message.ts',
    from: 'if (server.suspended === undefined)\n    return new ReplyResult(new SystemFailure(notSuspended(server)), KEEP, undefined);',
    to: '',
  },
  {
    name: 'changed-code-keeps-the-old-module',
    file: 'behaviours/code-change.ts',
    from: 'server.module = next;',
    to: '',
  },
  {
    name: 'new-specs-forget-their-processes',
    file: state,
    from: 'if (known !== undefined) child.takeOver(known);',
    to: '',
  },
  {
    name: 'new-specs-drop-the-old-children',
    file: state,
    from: 'for (const [id, child] of before) if (!this.children.has(id)) this.children.set(id, child);',
    to: '',
  },
  {
    name: 'two-specs-for-one-kind',
    file: dynamic,
    from: '|| (own !== undefined && this.child !== undefined)',
    to: '',
  },
  {
    name: 'ignored-supervisor-starts',
    file: server,
    from: 'if (init instanceof IgnoreResult) return init;',
    to: "if (init instanceof IgnoreResult) return stop('ignored');",
  },
  {
    name: 'loop-entered-under-any-name',
    file: 'behaviours/enter-loop.ts',
    from: 'name !== undefined && process.kernel.find(checkProcessName(name)) !== process',
    to: 'false',
  },
  {
    name: 'report-shows-the-message',
    file: program,
    from: 'lastMessage: seen.message,',
    to: 'lastMessage: this.#message,',
  },
  {
    name: 'update-starts-the-time-anew',
    file: machine,
    from: 'if (!delays.update(root, what.id, what.event))',
    to: 'if (delays.update(root, what.id, what.event)) delays.schedule(root, root, what.event, 100, what.id);\n        else',
  },
  {
    name: 'update-of-nothing-is-nothing',
    file: machine,
    from: 'if (!delays.update(root, what.id, what.event)) delays.schedule(root, root, what.event, 0, what.id);',
    to: 'delays.update(root, what.id, what.event);',
  },
  {
    name: 'pushed-machine-never-comes-back',
    file: machine,
    from: 'this.#become(what.machine);\n        this.#machines.push(what.machine);',
    to: 'this.#become(what.machine);',
  },
  {
    name: 'start-message-is-seen',
    file: 'process/process-info.ts',
    from: 'process.oldest === START ? 1 : 0',
    to: 'process.oldest === START ? 0 : 0',
  },
];
