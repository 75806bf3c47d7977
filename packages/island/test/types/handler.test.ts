// Types are checked when the tests are compiled (tsconfig.test.json): an error that is expected and does not come fails.
import { ignore, noReply, reply, stop } from '@thousand-island/runtime';
import {
  type AnyHandler,
  close,
  continueAs,
  continueWith,
  defineHandler,
  error,
  type Handler,
  type HandlerOptionsOf,
  type RunningServer,
  type ServerOptions,
  ThousandIsland,
} from '../../src/index.ts';

type State<SomeHandler> =
  SomeHandler extends Handler<never, infer Inferred, infer _Calls, infer _Casts> ? Inferred : never;
type Equal<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

/** Compiles only for types that are the same. */
function same<One, Other>(_equal: Equal<One, Other>): void {}

/** As `ThousandIsland.start`, without starting anything. */
function accepts<Options>(_options: ServerOptions<Options> & HandlerOptionsOf<Options>): void {}

const quota = defineHandler({
  init: (options: { max: number }) => ({ seen: 0, max: options.max }),
  handleConnection(_socket, state) {
    same<typeof state, { seen: number; max: number }>(true);
  },
  handleData(data, socket, state) {
    same<typeof data, Buffer>(true);
    state.seen += data.length;
    return state.seen > state.max ? close() : socket.send(data);
  },
  handleCall: {
    seen: (_: undefined, _from, _socket, state) => reply(state.seen),
  },
  handleCast: {
    reset: (max: number, _socket, _state) => noReply({ seen: 0, max }),
  },
});

test('the state is what init makes', () => {
  defineHandler({
    init: async (text: string) => ({ text }),
    handleData(_data, _socket, state) {
      same<typeof state, { text: string }>(true);
      // @ts-expect-error: there is no such thing in the state
      return state.number;
    },
  });
  defineHandler({
    init: (count: number) => (count > 0 ? { count } : ignore()),
    handleData(_data, _socket, state) {
      same<typeof state.count, number>(true);
    },
  });
  defineHandler({
    init: (count: number) => (count > 0 ? count : stop('too few')),
    handleClose(_socket, state) {
      same<typeof state, number>(true);
    },
  });
});

test('the handler options are what init takes', () => {
  accepts({ handler: quota, handlerOptions: { max: 5 } });
  // @ts-expect-error: the limit is a number
  accepts({ handler: quota, handlerOptions: { max: 'five' } });
  // @ts-expect-error: the limit is missing
  accepts({ handler: quota, handlerOptions: {} });
  // @ts-expect-error: these are options of another handler
  accepts({ handler: quota, handlerOptions: 'max' });
});

test('the handler options can be left away where init can do without', () => {
  // @ts-expect-error: the limit is missing
  accepts({ handler: quota });
  accepts({ handler: defineHandler({ init: ({ max = 5 }: { max?: number } = {}) => ({ max }) }) });
  accepts({ handler: defineHandler({ init: () => ({ seen: 0 }) }) });
  accepts({ handler: { handleData: (data, socket) => socket.send(data) } });
  accepts({ handler: quota as AnyHandler });
});

test('who starts servers for others passes on what they say', () => {
  const starts: ((...given: never) => Promise<RunningServer>)[] = [
    <Options>(handler: Handler<Options>, handlerOptions: Options) =>
      ThousandIsland.start({ handler, handlerOptions }),
    <Options>(options: ServerOptions<Options> & HandlerOptionsOf<Options>) => ThousandIsland.start(options),
    (options: ServerOptions) => ThousandIsland.start(options),
    (options: ServerOptions<never>) => ThousandIsland.start(options),
  ];
  expect(starts).toHaveLength(4);
});

test('a new state has to be of the same type', () => {
  defineHandler({ init: () => 0, handleData: (_data, _socket, state) => continueWith(state + 1) });
  // @ts-expect-error: the state is a number
  defineHandler({ init: () => 0, handleData: () => continueWith('one') });
  // @ts-expect-error: the state is a number
  defineHandler({ init: () => 0, handleData: () => close('one') });
  // @ts-expect-error: the state is a number
  defineHandler({ init: () => 0, handleData: async () => error('reason', 'one') });
});

test('a result is one of the closed set', () => {
  defineHandler({
    handleData: () => continueAs({ timeout: 'infinity', persistentTimeout: 5, continue: 'next' }),
  });
  defineHandler({ handleData: () => undefined });
  // @ts-expect-error: a number is no result
  defineHandler({ handleData: () => 5 });
  // @ts-expect-error: a string is no result
  defineHandler({ handleData: async () => 'close' });
  // @ts-expect-error: there is no such option
  defineHandler({ handleData: () => continueAs({ timeOut: 5 }) });
  // @ts-expect-error: a time is a number or infinity
  defineHandler({ handleData: () => continueAs({ timeout: 'never' }) });
  // @ts-expect-error: handleClose is the last word
  defineHandler({ handleClose: () => close() });
  // @ts-expect-error: there is no such callback
  defineHandler({ handleDate: () => undefined });
});

test('data to be sent is text, bytes or a list of these', () => {
  defineHandler({
    handleData(data, socket) {
      void socket.send(['text', data, new Uint8Array(1)]);
      // @ts-expect-error: a number cannot be sent
      void socket.send(5);
      // @ts-expect-error: a list of numbers cannot be sent
      void socket.send([5]);
      // @ts-expect-error: there is no such way
      socket.shutdown('both');
    },
  });
});

test('an option has a type of its own', () => {
  accepts({ handler: {}, port: 0, shutdownTimeout: 'brutalKill', readTimeout: 'infinity' });
  // @ts-expect-error: a port is a number
  accepts({ handler: {}, port: '80' });
  // @ts-expect-error: only shutdownTimeout can be that
  accepts({ handler: {}, readTimeout: 'brutalKill' });
  // @ts-expect-error: there is no such option
  accepts({ handler: {}, prot: 80 });
  // @ts-expect-error: the handler is required
  accepts({ port: 80 });
});

test('the types of a handler are known to those who talk to its connections', () => {
  same<State<typeof quota>, { seen: number; max: number }>(true);
  same<keyof NonNullable<(typeof quota)['handleCall']>, 'seen'>(true);
  same<keyof NonNullable<(typeof quota)['handleCast']>, 'reset'>(true);
});
