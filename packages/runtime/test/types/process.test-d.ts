/** What the compiler must accept and refuse of processes and of what looks into them. Checked by `tsc`, never run. */
import { type Pid, type ProcessInfo, type Ref, type Runtime, type Self, sys } from '../../src/index.ts';

declare const runtime: Runtime;
declare const self: Self;
declare const pid: Pid;
declare const ref: Ref;

/** Fails to compile unless the two types are the same. */
function same<One, Other>(..._equal: Same<One, Other> extends true ? [] : [never]): void {}
type Same<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

export async function looksIntoProcesses(): Promise<void> {
  same<ReturnType<typeof whole>, ProcessInfo | undefined>();
  const some = self.processInfo(pid, ['links', 'messages']);
  same<typeof some, { readonly links: readonly Pid[]; readonly messages: readonly unknown[] } | undefined>();
  // @ts-expect-error there is no such item
  runtime.processInfo(pid, ['memory']);
  // @ts-expect-error messages are told only by name
  runtime.processInfo(pid)?.messages;

  self.send(ref, 'to an alias');
  // @ts-expect-error an alias takes messages, and is nobody to call
  await self.call(ref, 'request');
  self.monitor(pid, { alias: 'replyDemonitor', tag: 1 });
  // @ts-expect-error an alias does not live like that
  self.monitor(pid, { alias: 'for ever' });
  // @ts-expect-error demonitor always says whether the monitor was active
  self.demonitor(ref, { info: true });

  await sys.install(runtime, pid, {
    debug: (n, event) => (event.kind === 'in' ? n + 1 : sys.done),
    state: 0,
  });
  // @ts-expect-error the next state is not like the first
  await sys.install<number>(runtime, pid, { debug: () => 'one', state: 0 });
}

const whole = () => runtime.processInfo(pid);
