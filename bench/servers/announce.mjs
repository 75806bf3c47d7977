import { endWithStarter } from '../end-with-starter.mjs';

/** Tells the bench which port the system gave, and ties this process to the bench. */
export function announce(port) {
  console.log(JSON.stringify({ event: 'listening', port }));
  endWithStarter();
}
