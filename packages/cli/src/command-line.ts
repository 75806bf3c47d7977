import { isIPv6 } from 'node:net';
import { parseArgs } from 'node:util';
import type { LogLevel, ProxyProtocolMode, Timeout } from '@thousand-island/island';
import { meantBy } from './likeness.ts';
import { checkTlsFlags, readAlpn, type ServeTls } from './tls-flags.ts';
import { UsageError } from './usage-error.ts';

/** What the user wants. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | ({ readonly kind: 'serve' } & ServeCommand);

/** What is to be served, and how. What is not there was not said. */
export interface ServeCommand {
  /** `MODULE[#EXPORT]` */
  readonly reference: string;
  /** 0 where there is a path. */
  readonly port: number;
  readonly json: boolean;
  /** How much is logged. */
  readonly log: LogLevel;
  /** Absent for TCP. */
  readonly tls?: ServeTls;
  readonly options: {
    /** Absent where there is a path. */
    readonly host?: string;
    readonly path?: string;
    readonly socketMode?: number;
    readonly acceptors?: number;
    readonly maxConnections?: Timeout;
    readonly readTimeout?: Timeout;
    readonly shutdownTimeout?: Timeout | 'brutalKill';
    readonly proxyProtocol?: ProxyProtocolMode;
  };
}

const OPTIONS = {
  port: { type: 'string' },
  host: { type: 'string' },
  unix: { type: 'string' },
  'unix-mode': { type: 'string' },
  acceptors: { type: 'string' },
  'max-connections': { type: 'string' },
  'read-timeout': { type: 'string' },
  'shutdown-timeout': { type: 'string' },
  log: { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  'tls-ca': { type: 'string' },
  alpn: { type: 'string' },
  'proxy-protocol': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

type OptionName = keyof typeof OPTIONS;

const OPTION_NAMES = Object.keys(OPTIONS)
  .map((name) => `--${name}`)
  .join(', ');

/** Understands the arguments. Throws `UsageError`, which names the first one that is wrong and says what is allowed. */
export function parseCommandLine(args: readonly string[]): Command {
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  const given = new Map<OptionName, string>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind === 'option') given.set(...checkOption(token));
  }
  if (given.has('help')) return { kind: 'help' };
  if (given.has('version')) return { kind: 'version' };

  const [command, reference, surplus] = words;
  if (command === undefined) throw new UsageError('a command is missing: there is serve');
  const asked = command === 'help' ? (reference ?? 'serve') : command;
  if (asked !== 'serve') throw new UsageError(`there is no command '${asked}': there is serve`);
  if (command === 'help') return { kind: 'help' };
  if (reference === undefined)
    throw new UsageError('serve needs a MODULE: a ready handler, a path or a package');
  if (surplus !== undefined) throw new UsageError(`serve takes one MODULE, and '${surplus}' is a second one`);
  return { kind: 'serve', reference, ...readOptions(given) };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function checkOption({ name, rawName, value, inlineValue }: OptionToken): [OptionName, string] {
  if (!isOptionName(name)) throw new UsageError(unknownOption(name, rawName));
  if (OPTIONS[name].type === 'boolean') {
    if (value !== undefined)
      throw new UsageError(`the option --${name} takes no value, and was given '${value}'`);
    return [name, ''];
  }
  // `--host --json`: the value was forgotten.
  const isMissing = value === undefined || value === '' || (inlineValue === false && value.startsWith('--'));
  if (isMissing) throw new UsageError(`the option --${name} needs a value: ${ALLOWED[name as ValueName]}`);
  return [name, value];
}

function unknownOption(name: string, rawName: string): string {
  const meant = name.length > 1 ? meantBy(name, Object.keys(OPTIONS)) : undefined;
  const question = meant === undefined ? '' : `is --${meant} what is meant? `;
  return `there is no option ${rawName}: ${question}there are ${OPTION_NAMES}`;
}

function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}

type ValueName = Exclude<OptionName, 'json' | 'help' | 'version'>;

const ALLOWED: Readonly<Record<ValueName, string>> = {
  port: 'a whole number from 0 to 65535',
  host: 'an address or a host name',
  unix: 'the path of a Unix socket',
  'unix-mode': 'an octal number from 0 to 777, such as 660',
  acceptors: 'a whole number from 1 to 10000',
  'max-connections': 'a whole number, or infinity',
  'read-timeout': 'a whole number of ms, or infinity',
  'shutdown-timeout': 'a whole number of ms, infinity, or brutal-kill',
  log: 'error, info, debug, or trace',
  'tls-cert': 'the path of a PEM file',
  'tls-key': 'the path of a PEM file',
  'tls-ca': 'the path of a PEM file',
  alpn: 'a list of protocols, such as h2,http/1.1',
  'proxy-protocol': 'off, optional or required',
};

function readOptions(given: ReadonlyMap<OptionName, string>): Omit<ServeCommand, 'reference'> {
  const acceptors = read(given, 'acceptors', (text) => whole(text, 1, 10_000));
  const maxConnections = read(given, 'max-connections', timeout);
  const readTimeout = read(given, 'read-timeout', timeout);
  const shutdownTimeout = read(given, 'shutdown-timeout', (text) => {
    return text === 'brutal-kill' ? 'brutalKill' : timeout(text);
  });
  const { port, ...place } = readPlace(given);
  const proxyProtocol = read(given, 'proxy-protocol', proxyProtocolMode);
  return {
    port,
    json: given.has('json'),
    log: read(given, 'log', logLevel) ?? 'error',
    ...readTls(given),
    options: {
      ...place,
      ...(acceptors === undefined ? {} : { acceptors }),
      ...(maxConnections === undefined ? {} : { maxConnections }),
      ...(readTimeout === undefined ? {} : { readTimeout }),
      ...(shutdownTimeout === undefined ? {} : { shutdownTimeout }),
      ...(proxyProtocol === undefined ? {} : { proxyProtocol }),
    },
  };
}

function readTls(given: ReadonlyMap<OptionName, string>): Pick<ServeCommand, 'tls'> {
  const certFile = given.get('tls-cert');
  checkTlsFlags(given);
  if (certFile === undefined) return {};
  const keyFile = given.get('tls-key');
  const caFile = given.get('tls-ca');
  const alpn = read(given, 'alpn', readAlpn);
  return {
    tls: {
      certFile,
      ...(keyFile === undefined ? {} : { keyFile }),
      ...(caFile === undefined ? {} : { caFile }),
      ...(alpn === undefined ? {} : { alpn }),
    },
  };
}

type Place = Pick<ServeCommand, 'port'> & Pick<ServeCommand['options'], 'host' | 'path' | 'socketMode'>;

/** Where to listen: on a port, or on a Unix socket. */
function readPlace(given: ReadonlyMap<OptionName, string>): Place {
  const port = read(given, 'port', (text) => whole(text, 0, 65_535));
  const host = read(given, 'host', hostName);
  const path = given.get('unix');
  const socketMode = read(given, 'unix-mode', (text) => {
    return /^0?[0-7]{1,3}$/.test(text) ? Number.parseInt(text, 8) : undefined;
  });
  if (path === undefined) {
    if (socketMode !== undefined)
      throw new UsageError('the option --unix-mode is for --unix, which is not given');
    return { port: port ?? 4000, host: host ?? '127.0.0.1' };
  }
  for (const option of ['port', 'host'] as const) {
    if (given.has(option)) throw new UsageError(`the option --${option} cannot be given with --unix`);
  }
  return { port: 0, path, ...(socketMode === undefined ? {} : { socketMode }) };
}

/** The option's value; undefined if the option was not given. */
function read<Value>(
  given: ReadonlyMap<OptionName, string>,
  name: ValueName,
  parse: (text: string) => Value | undefined,
): Value | undefined {
  const text = given.get(name);
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value === undefined)
    throw new UsageError(`the option --${name} must be ${ALLOWED[name]}, not '${text}'`);
  return value;
}

function whole(text: string, from: number, to: number): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && value >= from && value <= to ? value : undefined;
}

function timeout(text: string): Timeout | undefined {
  return text === 'infinity' ? text : whole(text, 0, Number.MAX_SAFE_INTEGER);
}

/** Brackets are how a URL and our own output write an address of IPv6. No name has a colon, a slash or a bracket. */
function hostName(text: string): string | undefined {
  const [, bracketed = text] = /^\[(.*:.*)\]$/.exec(text) ?? [];
  return isIPv6(bracketed) || !/[:/[\]]/.test(text) ? bracketed : undefined;
}

function logLevel(text: string): LogLevel | undefined {
  return (['error', 'info', 'debug', 'trace'] as const).find((level) => level === text);
}

function proxyProtocolMode(text: string): ProxyProtocolMode | undefined {
  return text === 'off' || text === 'optional' || text === 'required' ? text : undefined;
}
