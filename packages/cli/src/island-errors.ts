import type { BadOptionError, CertificateError, ListenFailedError } from '@thousand-island/island';

// By their codes, which are the same in all copies of the package, and not by their classes: a server may be of another copy.

/** Whether a server could not listen. */
export function isListenFailure(error: unknown): error is ListenFailedError {
  return codeOf(error) === 'ISLAND_LISTEN_FAILED';
}

/** Whether an option was refused. */
export function isBadOption(error: unknown): error is BadOptionError {
  return codeOf(error) === 'ISLAND_BAD_OPTION';
}

/** Whether a certificate was of no use. */
export function isBadCertificate(error: unknown): error is CertificateError {
  return codeOf(error) === 'ISLAND_BAD_CERTIFICATE';
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
