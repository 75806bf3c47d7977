// Our echo behind TLS, otherwise with the options that users get by default.
import { ThousandIsland, tls } from '@thousand-island/island';
import { announce } from './announce.mjs';
import { certificate } from './certificate.mjs';

const server = await ThousandIsland.start({
  port: 0,
  host: '127.0.0.1',
  transport: tls(await certificate()),
  handler: { handleData: (data, socket) => socket.send(data) },
});

announce(server.port);
