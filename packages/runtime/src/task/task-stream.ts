import { BadArgumentError } from '../errors.ts';
import { Self } from '../process/self.ts';
import { type CrewWork, StreamCrew, type TaskStreamResult } from './stream-crew.ts';
import { checkInput, InputWalk, type StreamInput } from './stream-input.ts';
import { checkStreamOptions, type StreamPlan, type TaskStreamOptions } from './stream-options.ts';

/**
 * A stream of results. Nothing happens before it is iterated over; each time it is, it starts anew. Input is pulled and
 * tasks are started only while somebody waits for the next result.
 */
export type TaskStream<Element, Value> = AsyncIterable<TaskStreamResult<Element, Value>>;

/** Makes the stream; what cannot be meant is refused before any task starts. */
export function taskStream<Element, Value>(
  self: Self,
  input: StreamInput<Element>,
  work: CrewWork<Element, Value>,
  options: TaskStreamOptions,
): TaskStream<Element, Value> {
  if (!(self instanceof Self)) throw BadArgumentError.of('self', 'the Self of a process', self);
  if (typeof work.code !== 'function')
    throw BadArgumentError.of('what a task does', 'a function of an element', work.code);
  const elements = checkInput(input);
  const plan = checkStreamOptions(options);
  return { [Symbol.asyncIterator]: () => pump(self, elements, plan, work) };
}

/**
 * Hands over what is there, else starts tasks as long as there is room, else waits: whoever has had enough with a result has
 * started nothing for the elements behind it. Elixir: `stream_reduce/7`, `stream_deliver/7`.
 */
async function* pump<Element, Value>(
  self: Self,
  input: StreamInput<Element>,
  plan: StreamPlan,
  work: CrewWork<Element, Value>,
): AsyncGenerator<TaskStreamResult<Element, Value>, void, undefined> {
  // The consumer is code of the owner, and not to go on after its end.
  if (!self.alive) await new Promise<never>(() => {});
  const walk = new InputWalk(input);
  const crew = new StreamCrew(self, plan, work);
  let failing = true;
  try {
    for (;;) {
      if (!self.alive) await new Promise<never>(() => {});
      if (crew.failure !== undefined) throw crew.failure[0];
      const result = crew.take();
      if (result !== undefined) {
        failing = false;
        yield result;
        failing = true;
      } else if (walk.open && crew.hasRoom) {
        crew.feed(walk);
      } else if (!walk.open && crew.idle) {
        failing = false;
        return;
      } else {
        await crew.change();
      }
    }
  } finally {
    crew.close();
    const closed = walk.close();
    // As in a `for` loop: what went wrong first is not covered up by what goes wrong while cleaning up.
    await (failing ? closed.catch(() => {}) : closed);
  }
}
