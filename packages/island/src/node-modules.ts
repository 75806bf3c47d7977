/*
 * Modules of Node that are loaded when a server first needs them. Each takes a quarter to half a megabyte, and a process whose heap is
 * above 8 MB collects its garbage in a dearer way when many bytes go through it: a server without TLS is not to pay for that.
 */

/** By a static import Node would load what reads files by promises too, and with that what edits lines in a terminal. */
export function nodeFs(): typeof import('node:fs') {
  return process.getBuiltinModule('node:fs');
}

export function nodeTls(): typeof import('node:tls') {
  return process.getBuiltinModule('node:tls');
}

export function nodeCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto');
}
