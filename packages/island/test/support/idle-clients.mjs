// Opens connections that say nothing, in a process of its own, since descriptors are counted by process. Told by its
// parent how many and where; tells how many are open, and how each of them ended.
import { connect } from 'node:net';

const AT_ONCE = 250;

process.once('message', async ({ port, count }) => {
  const ends = {};
  let open = 0;
  let closed = 0;
  const one = () =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' });
      let end = 'end';
      socket.once('connect', () => {
        open++;
        resolve();
      });
      socket.on('error', (error) => {
        end = error.code;
        reject(error);
      });
      socket.resume().once('close', () => {
        ends[end] = (ends[end] ?? 0) + 1;
        closed++;
        if (closed === count) process.send({ ends }, () => process.disconnect());
      });
    });
  while (open < count) await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - open) }, one));
  process.send({ open });
});
