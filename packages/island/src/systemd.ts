import { BadArgumentError } from '@thousand-island/runtime';
import { NoActivationError } from './errors.ts';

/** A socket that systemd, or who speaks its protocol, has bound for this process. */
export interface SystemdDescriptor {
  /** For the option `fd`. */
  readonly fd: number;
  /** What `FileDescriptorName=` of the socket unit says; `unknown` if nobody said, as in `sd_listen_fds(3)`. */
  readonly name: string;
}

/** The environment, and the process that it must be meant for. */
export interface Activation {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly pid?: number;
}

/** sd_listen_fds(3): `SD_LISTEN_FDS_START`. */
const FIRST = 3;

const KNOWN = ['name', 'env', 'pid'];

/**
 * Lists the sockets that this process was started with by systemd socket activation; none if it was not. Throws
 * `NoActivationError` if the environment makes no sense.
 *
 * `LISTEN_PID` says whom they are for: a child that inherits the environment, but not the sockets, finds none.
 */
export function systemdDescriptors(activation: Activation = {}): readonly SystemdDescriptor[] {
  const { env = process.env, pid = process.pid } = activation;
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = env;
  if (LISTEN_FDS === undefined || LISTEN_PID === undefined || LISTEN_PID !== String(pid)) return [];
  if (!/^\d{1,6}$/.test(LISTEN_FDS)) {
    throw new NoActivationError(`LISTEN_FDS must be a number of descriptors, not '${LISTEN_FDS}'`);
  }
  const count = Number(LISTEN_FDS);
  const names = LISTEN_FDNAMES === undefined ? undefined : LISTEN_FDNAMES.split(':');
  if (names !== undefined && names.length !== count && count > 0) {
    throw new NoActivationError(
      `LISTEN_FDNAMES names ${names.length} descriptors, and LISTEN_FDS says ${count}`,
    );
  }
  return Array.from({ length: count }, (_, index) => ({
    fd: FIRST + index,
    name: names?.[index] || 'unknown',
  }));
}

/**
 * Answers the descriptor of the socket that systemd has bound for this process, for the option `fd`: the only one, or the
 * only one of this `name`. Throws `NoActivationError` if there is none or more than one, and tells which there are, and
 * `BadArgumentError` for an option that there is not.
 *
 * @example
 * ```ts
 * // In the unit: [Socket] ListenStream=443 FileDescriptorName=web
 * const env = { LISTEN_PID: '71', LISTEN_FDS: '2', LISTEN_FDNAMES: 'web:control' };
 * systemd({ name: 'web', env, pid: 71 }); // => 3
 * systemd({ name: 'control', env, pid: 71 }); // => 4
 * ```
 */
export function systemd(options: Activation & { readonly name?: string } = {}): number {
  // A name that was misspelt must not lead to the only socket there is, which may be another.
  if (typeof options !== 'object' || options === null)
    throw BadArgumentError.of('options', 'an object', options);
  for (const each of Object.keys(options)) {
    if (!KNOWN.includes(each)) throw BadArgumentError.of('options', `made of ${KNOWN.join(', ')}`, options);
  }
  const { name } = options;
  const all = systemdDescriptors(options);
  const found = name === undefined ? all : all.filter((each) => each.name === name);
  const [descriptor, second] = found;
  if (descriptor !== undefined && second === undefined) return descriptor.fd;
  const wanted = name === undefined ? 'one socket' : `one socket called '${name}'`;
  const names = all.map((each) => `'${each.name}'`).join(', ');
  const given = all.length === 0 ? 'none' : `${all.length}: ${names}`;
  throw new NoActivationError(`systemd was to give this process ${wanted}, and gave ${given}`);
}
