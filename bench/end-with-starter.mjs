import { fstatSync } from 'node:fs';

/**
 * Ends this process when the one that started it is gone: that one holds the other end of stdin, so
 * this works even when it was killed. A stdin that is a file, or /dev/null, says nothing.
 */
export function endWithStarter(status = () => 0) {
  const stdin = fstatSync(0);
  if (!stdin.isFIFO() && !stdin.isSocket()) return;
  process.stdin.resume().on('end', () => process.exit(status()));
  process.stdin.on('error', () => process.exit(status()));
}
