/** What is aimed at: how the ratio of each work and peer should be. Nothing is failed by them; the table tells. */

const nodeMajor = Number(process.versions.node.split('.')[0]);

const atLeast = (value) => ({ sign: '>=', value, reached: (ratio) => ratio >= value });
const atMost = (value) => ({ sign: '<=', value, reached: (ratio) => ratio <= value });

/** Half of what the minimal core does: a whole runtime has more to do. */
const ofMinimal = { minimal: atLeast(0.5) };
const ofLibraries = { nact: atLeast(5), xstate: atLeast(5), effect: atLeast(5) };
const ofAnyActor = { ...ofMinimal, ...ofLibraries };
const fifth = atMost(0.2);

const targets = {
  echo1: { net: atMost(1.1) },
  echo50: { net: atLeast(1.1), erlang: atLeast(1.6) },
  echo500: { net: atLeast(1.1) },
  bulk: { net: atLeast(nodeMajor < 22 ? 1.5 : 0.97) },
  churn: { net: atLeast(0.9) },
  idle: { net: atMost(1.25) },
  'tls-echo': { tls: atLeast(1) },
  'tls-churn': { tls: atLeast(0.95) },
  containment: { off: atLeast(0.95) },
  'containment-churn': { off: atLeast(0.95) },
  spawn: { erlang: atLeast(2.5), ...ofAnyActor },
  pingpong: { erlang: atLeast(4), ...ofAnyActor },
  ring: { erlang: atLeast(4), ...ofAnyActor },
  call: { erlang: atLeast(3), ...ofAnyActor },
  'async-call': ofAnyActor,
  cast: { erlang: atLeast(2), ...ofAnyActor },
  fanin: ofAnyActor,
  fanout: ofAnyActor,
  restart: { erlang: atLeast(5), ...ofMinimal },
  'process-memory': { erlang: atMost(0.3), nact: fifth, xstate: fifth, effect: fifth },
};

/** Ours alone, in the work's unit: a peer that has nothing to do is no measure of how long is too long. */
const limits = { latency: 20, 'latency-timers': 20 };

/** What was aimed at and whether it was reached, in a few words; nothing where nothing was. */
export function targetOf({ work, peerName, ours, ratio, unit }) {
  const limit = limits[work];
  if (limit !== undefined) return `ours < ${limit} ${unit.split(' ')[0]}: ${verdict(ours < limit)}`;
  const target = targets[work]?.[peerName];
  return target === undefined ? '' : `${target.sign} ${target.value}: ${verdict(target.reached(ratio))}`;
}

function verdict(reached) {
  return reached ? 'ok' : 'SHORT';
}
