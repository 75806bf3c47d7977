// Answers one HTTP request per connection. Run it: npm run build && node examples/dist/http-hello-world.js
// Then, elsewhere: curl http://127.0.0.1:4001/
import {
  close,
  continueWith,
  defineHandler,
  type RunningServer,
  ThousandIsland,
} from '@thousand-island/island';
import { Runtime } from '@thousand-island/runtime';

const answer = ['HTTP/1.1 200 OK', 'Content-Length: 14', 'Connection: close', '', 'Hello, World!\n'].join(
  '\r\n',
);

const httpHelloWorld = defineHandler({
  // Each connection has a state of its own: here, what has come so far, since the network may cut it anywhere.
  init: () => '',

  handleData(data, socket, soFar) {
    const head = soFar + data.toString('latin1');
    if (head.length > 16_384) return close();
    if (!head.includes('\r\n\r\n')) return continueWith(head);
    socket.send(answer);
    return close();
  },
});

export function start(port: number, runtime = Runtime.default): Promise<RunningServer> {
  return ThousandIsland.start({ port, host: '127.0.0.1', handler: httpHelloWorld }, runtime);
}

if (/\bhttp-hello-world\.[jt]s$/.test(process.argv[1] ?? '')) void start(4001);
