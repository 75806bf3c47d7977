/**
 * Tells the bench which port the system gave, and ties this process to the bench: the bench holds
 * the other end of stdin, so that even when it is killed, its servers end.
 */
export function announce(port) {
  console.log(JSON.stringify({ event: 'listening', port }));
  process.stdin.resume();
  process.stdin.on('end', () => process.exit(0));
  process.stdin.on('error', () => process.exit(0));
}
