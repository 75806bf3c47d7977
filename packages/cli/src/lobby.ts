import type { MessengerEvent } from '@thousand-island/handlers';
import {
  type ChildSpec,
  DownMessage,
  defineServer,
  type Pid,
  type Self,
  serverSpec,
} from '@thousand-island/runtime';

/** The name that the lobby is registered under. */
export const LOBBY = 'lobby';

/** The clients of a messenger, by their pids in print. */
type Clients = Map<string, Pid>;

/**
 * Where the clients of a messenger meet: what one says, the others hear, and `<0.57.0> hello` is for that one alone.
 *
 * It knows nothing of sockets: it is told by the connections what their clients say, and casts to them what they are to
 * send. It monitors each, so as to forget it when it has ended, for whatever reason.
 */
const lobby = defineServer({
  name: 'Lobby',
  init: (): Clients => new Map(),

  handleInfo(message, clients, self) {
    if (message instanceof DownMessage) {
      const gone = String(message.process);
      clients.delete(gone);
      tell(self, clients.values(), `${gone} has left.`);
      return;
    }
    const event = message as MessengerEvent;
    if (event.kind === 'connected') welcome(self, clients, event.client);
    else deliver(self, clients, event.client, printable(event.text));
  },

  describe: (clients) => ({ details: { clients: clients.size } }),
});

function welcome(self: Self, clients: Clients, client: Pid): void {
  const others = clients.size === 0 ? 'nobody yet: connect once more' : [...clients.keys()].join(', ');
  tell(self, clients.values(), `${client} has come.`);
  tell(
    self,
    [client],
    `What you type goes to the others; "<0.1.0> hello" to that one alone. Here: ${others}.`,
  );
  self.monitor(client);
  clients.set(String(client), client);
}

function deliver(self: Self, clients: Clients, from: Pid, text: string): void {
  const [, address = '', whisper = ''] = /^(<[\d.]+>)\s*(.*)$/.exec(text) ?? [];
  const addressee = clients.get(address);
  if (address === '') tell(self, without(clients, from), `${from}: ${text}`);
  else if (addressee === undefined) tell(self, [from], `There is no ${address} here.`);
  else tell(self, [addressee], `${from}, to you: ${whisper}`);
}

function tell(self: Self, clients: Iterable<Pid>, text: string): void {
  for (const client of clients) self.cast(client, 'send', text);
}

function without(clients: Clients, one: Pid): Pid[] {
  return [...clients.values()].filter((client) => client !== one);
}

// What one client types is shown on the terminal of another.
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}

/** The lobby under its supervisor. */
export function lobbySpec(): ChildSpec {
  return serverSpec(lobby, undefined, { id: LOBBY, name: LOBBY, label: LOBBY });
}
