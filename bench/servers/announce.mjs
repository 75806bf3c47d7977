import { endWithStarter } from '../end-with-starter.mjs';

/**
 * Tells the bench which port the system gave, and ties this process to the bench. Whenever the bench asks, by a line on
 * stdin, what `report` answers is printed.
 */
export function announce(port, report) {
  console.log(JSON.stringify({ event: 'listening', port }));
  if (report !== undefined) process.stdin.on('data', () => console.log(JSON.stringify(report())));
  endWithStarter();
}
