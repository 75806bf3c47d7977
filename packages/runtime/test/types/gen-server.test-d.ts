/** What the compiler must accept and refuse of a server's calls. Checked by `tsc`, never run. */
import {
  type Address,
  type AsyncTask,
  defineServer,
  type From,
  GenServer,
  ignore,
  noReply,
  ok,
  type RequestId,
  type Runtime,
  reply,
  type Self,
  type ServerRef,
  type StateOf,
  stop,
  stopWithReply,
  Task,
} from '../../src/index.ts';

declare const runtime: Runtime;
declare const self: Self;

/** Fails to compile unless the two types are the same. */
function same<One, Other>(..._equal: Same<One, Other> extends true ? [] : [never]): void {}
type Same<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

const counter = defineServer({
  init: (start: number) => ({ count: start }),
  handleCall: {
    add: (by: number, _from, state) => reply(state.count + by, { count: state.count + by }),
    count: (_: undefined, _from, state) => reply(state.count),
    ping: () => reply('pong' as const),
    either: (yes: boolean) => (yes ? reply('yes' as const) : stopWithReply('over', 'no' as const)),
    later: (_: undefined, _from: From<Date>) => noReply(),
    async slow(ms: number, _from, _state, own) {
      await own.sleep(ms);
      return reply(ms);
    },
    never: (): never => {
      throw new Error('never');
    },
  },
  handleCast: {
    set: (to: number) => noReply({ count: to }),
    reset: () => noReply({ count: 0 }),
    quit: () => stop('over'),
  },
});

export async function starting(): Promise<void> {
  const ref = await GenServer.start(runtime, counter, 1);
  same<typeof ref, ServerRef<typeof counter>>();
  await GenServer.startLink(self, counter, 1, { name: 'counter', timeout: 'infinity' });

  // @ts-expect-error the argument has another type
  await GenServer.start(runtime, counter, 'one');
  // @ts-expect-error the argument is missing
  await GenServer.start(runtime, counter);
  // @ts-expect-error a host is a Runtime or a Self
  await GenServer.start({}, counter, 1);
  // @ts-expect-error there is no such option
  await GenServer.start(runtime, counter, 1, { nmae: 'counter' });
  // @ts-expect-error a name is a string or a symbol
  await GenServer.start(runtime, counter, 1, { name: 7 });
}

export async function calling(ref: ServerRef<typeof counter>): Promise<void> {
  same<number, Awaited<ReturnType<typeof ref.call<'add'>>>>();
  const added = await ref.call('add', 1, { timeout: 50 });
  same<typeof added, number>();
  const count = await ref.call('count');
  same<typeof count, number>();
  const ping = await ref.call('ping', undefined, { timeout: 50 });
  same<typeof ping, 'pong'>();
  const either = await ref.call('either', true);
  same<typeof either, 'yes' | 'no'>();
  const later = await ref.call('later');
  same<typeof later, Date>();
  const slow = await ref.call('slow', 5);
  same<typeof slow, number>();
  const never = await ref.call('never');
  same<typeof never, never>();

  // @ts-expect-error there is no such call
  await ref.call('subtract', 1);
  // @ts-expect-error a cast is no call
  await ref.call('reset');
  // @ts-expect-error the payload has another type
  await ref.call('add', '1');
  // @ts-expect-error the payload is missing
  await ref.call('add');
  // @ts-expect-error this call carries nothing
  await ref.call('count', 7);
  // @ts-expect-error there is no such option
  await ref.call('add', 1, { tiemout: 50 });
  // @ts-expect-error the answer is a number
  const text: string = await ref.call('add', 1);
  void text;
}

export function casting(ref: ServerRef<typeof counter>): void {
  ref.cast('set', 7);
  ref.cast('reset');
  ref.cast('quit');

  // @ts-expect-error there is no such cast
  ref.cast('unset', 7);
  // @ts-expect-error a call is no cast
  ref.cast('add', 1);
  // @ts-expect-error the payload has another type
  ref.cast('set', '7');
  // @ts-expect-error the payload is missing
  ref.cast('set');
}

export function defining(): void {
  defineServer({ init: () => ok({ count: 0 }, { continue: 'next' }) });
  defineServer({ init: () => (Math.random() > 0.5 ? ignore() : { count: 0 }) });
  defineServer({ init: async () => ({ count: 0 }), handleInfo: (_message, state) => void state.count++ });

  defineServer({
    init: () => ({ count: 0 }),
    handleCast: {
      // @ts-expect-error the new state is not of the state's type
      set: (to: string) => noReply({ count: to }),
    },
  });
  defineServer({
    init: () => ({ count: 0 }),
    handleCall: {
      // @ts-expect-error a call is answered with a result, not with the bare value
      count: (_: undefined, _from, state) => state.count,
    },
  });
  defineServer({
    init: () => ({ count: 0 }),
    // @ts-expect-error a message that nobody waits for has no answer
    handleInfo: () => reply('pong'),
  });
  // @ts-expect-error a server begins with init
  defineServer({ handleInfo: () => {} });
}

export async function tasks(): Promise<void> {
  const task = Task.async(self, async () => 42);
  same<typeof task, AsyncTask<number>>();
  const value = await task.await(self);
  same<typeof value, number>();

  // @ts-expect-error a task is awaited by its owner
  await task.await();
  // @ts-expect-error a runtime owns no task
  Task.async(runtime, () => 1);
}

export function processes(): void {
  runtime.spawn(async (own) => void (await own.receive()));
  runtime.spawn({ receive: (_message, own) => own.exit('over') });
  // @ts-expect-error a name is no pid
  runtime.isAlive('name');
  // @ts-expect-error a number is no address
  runtime.send(7, 'message');
  // @ts-expect-error a receiver receives
  runtime.spawn({ handle: () => {} });
  // @ts-expect-error a pid is made by the runtime alone
  runtime.sendExit({ runtime: 0, id: 1 }, 'over');
}

export async function requesting(ref: ServerRef<typeof counter>): Promise<void> {
  const request = GenServer.sendRequest(self, ref, 'add', 1);
  same<typeof request, RequestId<number>>();
  const outcome = await GenServer.waitResponse(self, request, { timeout: 10 });
  if (outcome.kind === 'reply') same<typeof outcome.reply, number>();
  if (outcome.kind === 'error') same<typeof outcome.server, Address>();
  same<typeof outcome.kind, 'reply' | 'error' | 'timeout'>();

  const requests = GenServer.reqidsNew<number, 'one' | 'two'>();
  GenServer.reqidsAdd(request, 'one', requests);
  const first = await GenServer.receiveResponse(self, requests);
  if (first.kind === 'reply') same<typeof first.label, 'one' | 'two'>();
  same<typeof first.kind, 'reply' | 'error' | 'timeout' | 'noRequest'>();
  const checked = GenServer.checkResponse('message', requests);
  same<typeof checked.kind, 'reply' | 'error' | 'noReply' | 'noRequest'>();

  const loose = GenServer.sendRequest(self, 'name', 'anything', { at: 'all' });
  same<typeof loose, RequestId<unknown>>();
  // @ts-expect-error the payload has another type
  GenServer.sendRequest(self, ref, 'add', 'one');
  // @ts-expect-error the payload is missing
  GenServer.sendRequest(self, ref, 'add');
  // @ts-expect-error there is no such call
  GenServer.sendRequest(self, ref, 'subtract', 1);
  // @ts-expect-error there is no such label
  GenServer.reqidsAdd(request, 'three', requests);
  // @ts-expect-error only a process can send a request
  GenServer.sendRequest(runtime, ref, 'add', 1);
}

export async function entering(): Promise<void> {
  same<StateOf<typeof counter>, { count: number }>();
  const never = await GenServer.enterLoop(self, counter, { count: 1 }, { timeout: 5 });
  same<typeof never, never>();
}

export function wronglyEntering(): void {
  // @ts-expect-error the state is another one
  void GenServer.enterLoop(self, counter, { total: 1 });
  // @ts-expect-error only a process can become a server
  void GenServer.enterLoop(runtime, counter, { count: 1 });
}
