// Sends back whatever comes. Run it: npm run build && node examples/dist/echo.js
// Then, elsewhere: printf hello | nc -q1 127.0.0.1 4000
import { defineHandler, type RunningServer, ThousandIsland } from '@thousand-island/island';
import { Runtime } from '@thousand-island/runtime';

const echo = defineHandler({
  // What `send` answers makes the server as slow as a slow client.
  handleData: (data, socket) => socket.send(data),
});

export function start(port: number, runtime = Runtime.default): Promise<RunningServer> {
  return ThousandIsland.start({ port, host: '127.0.0.1', handler: echo }, runtime);
}

if (/\becho\.[jt]s$/.test(process.argv[1] ?? '')) void start(4000);
