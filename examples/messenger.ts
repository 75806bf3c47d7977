// Passes on what one client types to the others: node examples/dist/messenger.js, then twice: nc 127.0.0.1 4003
import { defineHandler, type RunningServer, ThousandIsland } from '@thousand-island/island';
import { DownMessage, defineServer, GenServer, type Pid, Runtime } from '@thousand-island/runtime';

const room = defineServer({
  init: () => new Set<Pid>(),
  handleCast: {
    enter(client: Pid, clients, self) {
      clients.add(client);
      self.monitor(client);
    },
    say({ from, text }: { from: Pid; text: string }, clients, self) {
      for (const client of clients) if (client !== from) self.cast(client, 'send', `${from}: ${text}`);
    },
  },
  handleInfo(message, clients) {
    if (message instanceof DownMessage) clients.delete(message.process as Pid);
  },
});

// Each connection is a process too: whoever knows its pid can talk to it, and so to its client.
const messenger = defineHandler({
  init: (options: { room: Pid }) => options,
  handleConnection(socket, state, self) {
    socket.send(`You are ${self.pid}.\r\n`);
    self.cast(state.room, 'enter', self.pid);
  },
  handleData: (data, _socket, state, self) =>
    self.cast(state.room, 'say', { from: self.pid, text: data.toString() }),
  // Nobody waits for a client that does not read: what gathers on its socket is bounded (`maxSendBuffer`), a mailbox is not.
  handleCast: { send: (text: string, socket) => void socket.send(text) },
});

export async function start(port: number, runtime = Runtime.default): Promise<RunningServer> {
  const { pid } = await GenServer.start(runtime, room, undefined);
  const handlerOptions = { room: pid };
  return ThousandIsland.start({ port, host: '127.0.0.1', handler: messenger, handlerOptions }, runtime);
}

if (/\bmessenger\.[jt]s$/.test(process.argv[1] ?? '')) void start(4003);
