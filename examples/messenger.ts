// Passes on what a client types to all others. Run it: npm run build && node examples/dist/messenger.js
// Then, elsewhere, twice: nc 127.0.0.1 4003
import { defineHandler, type RunningServer, ThousandIsland } from '@thousand-island/island';
import type { Pid } from '@thousand-island/runtime';

function messenger(everybody: Set<Pid>) {
  return defineHandler({
    handleConnection(socket, _state, self) {
      everybody.add(self.pid);
      socket.send(`You are ${self.pid}.\r\n`);
    },
    handleData(data, _socket, _state, self) {
      for (const pid of everybody) {
        if (pid !== self.pid) self.cast(pid, 'send', `${self.pid}: ${data}`);
      }
    },
    // Each connection is a process. Whoever knows its pid can talk to it, and so to its client.
    handleCast: {
      send: (text: string, socket) => socket.send(text),
    },
    handleClose: (_socket, _state, self) => void everybody.delete(self.pid),
    handleError: (_reason, _socket, _state, self) => void everybody.delete(self.pid),
    handleTimeout: (_socket, _state, self) => void everybody.delete(self.pid),
  });
}

export function start(port: number): Promise<RunningServer> {
  return ThousandIsland.start({ port, host: '127.0.0.1', handler: messenger(new Set()), readTimeout: 'infinity' });
}

if (/\bmessenger\.[jt]s$/.test(process.argv[1] ?? '')) void start(4003);
