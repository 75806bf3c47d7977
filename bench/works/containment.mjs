// What the containment of errors costs: ours with it, as it is by default, against ours without it.
import { servers } from '../servers/index.mjs';
import { churnLoad } from './churn.mjs';
import { socketWork } from './socket-load.mjs';

export const containment = socketWork({
  name: 'containment',
  unit: 'req/s',
  better: 'higher',
  also: [{ name: 'containment-churn', unit: 'conn/s', better: 'higher' }],
  sides: { ours: servers.island, off: servers.uncontained },
  loads: [{ mode: 'echo', flags: { connections: 50, size: 64 } }, churnLoad],
  figures: (echo, churn) => ({ containment: echo.rate, 'containment-churn': churn.rate }),
});
