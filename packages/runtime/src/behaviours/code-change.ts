import { BadArgumentError } from '../errors.ts';
import type { Self } from '../process/self.ts';
import type { LooseModule } from './loose-module.ts';
import type { CodeChange } from './system-message.ts';

/** A server as far as its code can be changed. */
interface Changeable {
  module: LooseModule;
  readonly state: unknown;
  readonly self: Self;
}

/** The state that other code makes of the present one; from then on the server is that code's. OTP: `code_change/3`. */
export async function changeCode(
  server: Changeable,
  { module, oldVersion, extra }: CodeChange,
): Promise<unknown> {
  const { module: before, state, self } = server;
  if (before.changeCode !== undefined) return before.changeCode(module, extra, state, self);
  const next = (module ?? before) as LooseModule;
  if (typeof next.init !== 'function') throw BadArgumentError.of('module', 'a server', module);
  const { codeChange } = next;
  const changed = await (codeChange === undefined
    ? state
    : codeChange.call(next, oldVersion ?? before.version, state, extra, self));
  server.module = next;
  return changed;
}
