import type { Self } from '../process/self.ts';
import type { Awaitable, GenServerModule } from './gen-server-module.ts';

/** A server whose types nobody looks at any more: what the loop works with. */
export interface LooseModule extends GenServerModule<unknown, unknown, LooseTable, LooseTable> {
  /** Changes its own code: a module that is one process' alone. */
  changeCode?(next: unknown, extra: unknown, state: unknown, self: Self): Awaitable<unknown>;
}
type LooseTable = { readonly [Request in string]?: (...args: unknown[]) => unknown };
