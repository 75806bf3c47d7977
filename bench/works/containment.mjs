// What the containment of errors costs: ours with it, as it is by default, against ours without it.
import { servers } from '../servers/index.mjs';
import { churnLoad } from './churn.mjs';
import { measureLoad } from './socket-load.mjs';

const sides = { ours: servers.island, off: servers.uncontained };
const echoLoad = { mode: 'echo', flags: { connections: 50, size: 64 } };

export const containment = {
  name: 'containment',
  unit: 'req/s',
  better: 'higher',
  also: [{ name: 'containment-churn', unit: 'conn/s', better: 'higher' }],
  peers: ['off'],
  missing: (side) => sides[side].missing(),
  async run(side, bench) {
    const echo = await measureLoad(sides[side], bench, echoLoad);
    const churn = await measureLoad(sides[side], bench, churnLoad);
    return {
      figures: { containment: echo.rate, 'containment-churn': churn.rate },
      disturbed: echo.disturbed ?? churn.disturbed,
    };
  },
};
