// Our side: the same echo under the whole supervision tree, with the options that users get by default.
import { announce } from './announce.mjs';

// By path, because the bench is no package of the workspace: it needs the built one and nothing else.
const { ThousandIsland } = await import('../../packages/island/dist/index.js');

const server = await ThousandIsland.start({
  port: 0,
  host: '127.0.0.1',
  handler: { handleData: (data, socket) => socket.send(data) },
});

announce(server.port);
