// Tells the time and hangs up. Run it: npm run build && node examples/dist/daytime.js
// Then, elsewhere: nc 127.0.0.1 4002
import { close, defineHandler, type RunningServer, ThousandIsland } from '@thousand-island/island';
import { Runtime } from '@thousand-island/runtime';

const daytime = defineHandler({
  handleConnection(socket) {
    socket.send(`${new Date().toUTCString()}\r\n`);
    // When the line has gone out, not before.
    return close();
  },
});

export function start(port: number, runtime = Runtime.default): Promise<RunningServer> {
  return ThousandIsland.start({ port, host: '127.0.0.1', handler: daytime }, runtime);
}

if (/\bdaytime\.[jt]s$/.test(process.argv[1] ?? '')) void start(4002);
