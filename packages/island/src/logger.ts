import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { BadArgumentError } from '@thousand-island/runtime';
import { LoggerAttachedError } from './errors.ts';
import type { IslandEventName, IslandEvents } from './events.ts';
import { LOG_LEVELS, LOG_RULES, type LogLevel, type LogRule } from './log-entries.ts';
import { eventBus } from './option-checks.ts';

/** Where log entries go: what pino, bunyan, winston's adapters and the like are. Each level is a method. */
export type LogSink = {
  readonly [Level in LogLevel]: (fields: Readonly<Record<string, unknown>>, message: string) => void;
};

/** Has a listener called with every such event; answers a function that ends it. */
type Subscribe = (event: IslandEventName, listener: (payload: unknown) => void) => () => void;

/**
 * Logs what happens in a server, or in all servers of this process. A server logs nothing by itself. Elixir:
 * `ThousandIsland.Logger`.
 *
 * | level | tells of |
 * |---|---|
 * | `error` | connections that could not be started, or were refused |
 * | `info` | also when servers listen and stop listening, and how they were drained |
 * | `debug` | also when acceptors and connections start and stop, and where the server is in its life |
 * | `trace` | also all that goes over connections, with the beginning of the data: mind who reads the log |
 *
 * It logs an error as the field `err`, as pino does; pids, spans and addresses are text.
 *
 * @example
 * ```ts
 * const lines: string[] = [];
 * const note = (_fields: object, message: string): void => void lines.push(message);
 * const events = islandEvents();
 * using logger = new Logger({ error: note, info: note, debug: note, trace: note }, events);
 * logger.attach('info');
 * const server = await ThousandIsland.start({ port: 0, handler: {}, events });
 * await server.stop();
 * lines[0]; // => 'the server listens'
 * ```
 */
export class Logger implements Disposable {
  readonly #sink: LogSink;
  readonly #subscribe: Subscribe;
  readonly #attached = new Map<LogLevel, (() => void)[]>();

  /** `events` are those of one server; without them, it logs all servers of this process, by their diagnostics channels. */
  constructor(sink: LogSink, events?: IslandEvents) {
    this.#sink = checkSink(sink);
    if (events !== undefined) eventBus('events', events);
    this.#subscribe =
      events === undefined ? subscribeToChannel : (event, listener) => events.on(event, listener);
  }

  /** The most verbose level that is attached; undefined if none is. */
  get level(): LogLevel | undefined {
    return LOG_LEVELS.findLast((level) => this.#attached.has(level));
  }

  /**
   * Logs at this level and those before it from now on. Throws `LoggerAttachedError` if this level is attached already;
   * that one before it is, is no error, and nothing is logged twice.
   */
  attach(level: LogLevel): void {
    checkLevel(level);
    if (this.#attached.has(level))
      throw new LoggerAttachedError(`the logger is attached at ${level} already`);
    for (const each of upTo(level)) {
      if (!this.#attached.has(each)) this.#attached.set(each, this.#listenAt(each));
    }
  }

  /**
   * Logs at this level and those before it no more; those after it stay. Answers whether this level was attached.
   */
  detach(level: LogLevel): boolean {
    checkLevel(level);
    const wasAttached = this.#attached.has(level);
    for (const each of upTo(level)) {
      for (const end of this.#attached.get(each) ?? []) end();
      this.#attached.delete(each);
    }
    return wasAttached;
  }

  /** Detaches all levels. */
  [Symbol.dispose](): void {
    this.detach('trace');
  }

  #listenAt(level: LogLevel): (() => void)[] {
    const rules = Object.entries(LOG_RULES) as [IslandEventName, LogRule<unknown>][];
    return rules.flatMap(([event, rule]) => {
      if (rule.level !== level) return [];
      return [
        this.#subscribe(event, (payload: unknown) => {
          const { fields, message } = rule.entry(payload);
          this.#sink[level]({ event, ...fields }, message);
        }),
      ];
    });
  }
}

function upTo(level: LogLevel): readonly LogLevel[] {
  return LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(level) + 1);
}

function subscribeToChannel(event: IslandEventName, listener: (payload: unknown) => void): () => void {
  const name = `island:${event}`;
  subscribe(name, listener);
  return () => void unsubscribe(name, listener);
}

function checkLevel(level: unknown): void {
  if (!LOG_LEVELS.some((each) => each === level))
    throw BadArgumentError.of('level', LOG_LEVELS.map((each) => `'${each}'`).join(' or '), level);
}

function checkSink(sink: LogSink): LogSink {
  const isSink =
    typeof sink === 'object' &&
    sink !== null &&
    LOG_LEVELS.every((level) => typeof Reflect.get(sink, level) === 'function');
  if (isSink) return sink;
  throw BadArgumentError.of('sink', `an object with the methods ${LOG_LEVELS.join(', ')}`, sink);
}
