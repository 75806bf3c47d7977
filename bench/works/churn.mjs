// Connect, one byte there and back, close: what a connection costs from its start to its end.
import { measureLoad, missing } from './socket-load.mjs';

export const churn = {
  name: 'churn',
  unit: 'conn/s',
  better: 'higher',
  peers: ['net'],
  missing,
  async run(side, bench) {
    // A closed connection occupies its port for a minute: one address would run out in two seconds.
    const flags = { connections: 50, 'source-addresses': 64 };
    const { rate, disturbed } = await measureLoad(side, bench, 'churn', flags);
    return { figures: { churn: rate }, disturbed };
  },
};
