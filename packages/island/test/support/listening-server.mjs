// A server in a process of its own, with the limits and descriptors of that process. Told by its first argument, JSON, how
// to listen, and by lines on stdin what to do; prints JSON lines. Ends when its stdin does.
import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Runtime, Supervisor } from '../../../runtime/dist/index.js';
import { systemd, systemdDescriptors, ThousandIsland } from '../../dist/index.js';

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const { name, isActivated = false, ...options } = JSON.parse(process.argv[2] ?? '{}');
const fd = isActivated ? { fd: systemd(name === undefined ? {} : { name }) } : {};

// What a connection does besides: it says hello, echoes, and opens a file for those who ask.
const handler = {
  handleConnection: (socket) => socket.send('hello\n'),
  handleData(data, socket) {
    if (data.toString() !== 'open\n') return socket.send(data);
    openSync('/dev/null');
    return socket.send('opened\n');
  },
};

const server = await ThousandIsland.start({ ...options, ...fd, handler }).catch((error) => {
  const { code, reason, where, message } = error;
  print({ failed: { code, reason, where, message } });
  process.exit(1);
});
for (const event of ['acceptor:emfile', 'connection:refused', 'listener:stop']) {
  server.events.on(event, ({ reason, used, limit, reserve, refused }) => {
    print({ event, reason, used, limit, reserve, refused });
  });
}
print({ address: server.address, given: systemdDescriptors(), pid: process.pid });

const tried = (promise) =>
  promise.then(
    () => print({ done: true }),
    ({ code }) => print({ failed: { code } }),
  );
const commands = {
  suspend: () => tried(server.suspend()),
  resume: () => tried(server.resume()),
  // Kills the Listener, and tells what became of the server.
  kill: async () => {
    const runtime = Runtime.default;
    const crashes = [];
    runtime.events.on('supervisor:report', ({ reason }) => crashes.push(reason?.code));
    const ended = runtime.ended(server.pid);
    const children = await Supervisor.whichChildren(runtime, server.pid);
    runtime.sendExit(children.find(({ id }) => id === 'listener').pid, 'kill');
    print({ ended: await ended, crashes });
  },
  info: async () => {
    const { waiting, refused, activeConnections, status } = await server.info();
    print({ waiting, refused, activeConnections, status });
  },
};
for await (const line of createInterface(process.stdin)) await commands[line]();
await server.stop();
process.exit(0);
