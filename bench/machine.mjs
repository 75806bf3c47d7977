/** What the bench has to know of the machine: cores to pin to, files that may be open, memory used. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const probeTimeoutMs = 5_000;

/**
 * Puts server and client on a core each, the first two that this process may use. Where that cannot
 * be, commands stay as they are and `note` says why: the figures then also measure the scheduler.
 */
export function pinning() {
  const [server, client] = allowedCores();
  if (client === undefined) return unpinned('fewer than two cores known');
  if (!works('taskset', ['-c', `${server}`, 'true'])) return unpinned('no taskset');
  return {
    note: `server on core ${server}, client on core ${client}`,
    server: (command) => ['taskset', '-c', `${server}`, ...command],
    client: (command) => ['taskset', '-c', `${client}`, ...command],
  };
}

function unpinned(reason) {
  const asItIs = (command) => command;
  return { note: `NOT PINNED TO CORES (${reason})`, server: asItIs, client: asItIs };
}

/** From the list of proc(5), as `0-3,8`. */
function allowedCores() {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readOrEmpty('/proc/self/status'))?.[1] ?? '';
  return list
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [from, to = from] = part.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, index) => from + index);
    });
}

/**
 * How `wanted` files may be open in one process: the hard limit suffices (programs raise their soft
 * one to it by themselves), or a shell may raise it first, or fewer must do.
 */
export function openFiles(wanted) {
  const hard = hardFileLimit();
  if (hard >= wanted) return { files: wanted, command: (command) => command };
  const raise = `ulimit -n ${wanted}`;
  if (works('sh', ['-c', raise])) {
    return { files: wanted, command: (command) => ['sh', '-c', `${raise}; exec "$@"`, 'sh', ...command] };
  }
  return { files: hard, command: (command) => command };
}

function hardFileLimit() {
  const answer = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8', timeout: probeTimeoutMs });
  const text = answer.stdout?.trim();
  if (text === 'unlimited') return Number.POSITIVE_INFINITY;
  // A shell that says nothing about it: the least that POSIX systems give.
  return Number(text) || 256;
}

/** Seconds for which the main thread of the process has run: the first number of /proc/PID/schedstat. */
export function ranSeconds(pid) {
  return schedulerSeconds(pid, 0);
}

/** Seconds in which the main thread of the process could have run and its core ran another: the second number. */
export function waitedSeconds(pid) {
  return schedulerSeconds(pid, 1);
}

/** `self` is a PID too. 0 where the system does not tell. */
function schedulerSeconds(pid, column) {
  return Number(readOrEmpty(`/proc/${pid}/schedstat`).split(' ')[column] ?? 0) / 1e9;
}

function works(program, args) {
  return spawnSync(program, args, { stdio: 'ignore', timeout: probeTimeoutMs }).status === 0;
}

function readOrEmpty(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
