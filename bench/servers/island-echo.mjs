// Our side: the same echo under the whole supervision tree, with the options that users get by default; or, with
// `uncontained`, without the containment of errors.
import { ThousandIsland } from '@thousand-island/island';
import { announce } from './announce.mjs';
import { memoryHeld } from './memory-held.mjs';

const server = await ThousandIsland.start({
  port: 0,
  host: '127.0.0.1',
  handler: { handleData: (data, socket) => socket.send(data) },
  ...(process.argv[2] === 'uncontained' ? { containment: false } : {}),
});

announce(server.port, memoryHeld);
