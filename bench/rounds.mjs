/** Runs one work: ours and each peer in turn, round after round, so that a machine that drifts
 * (heat, neighbours) drifts under all of them alike. */
import { setTimeout as wait } from 'node:timers/promises';
import { median, pairedRatio, spread } from './statistics.mjs';

/** How many disturbed rounds of one work are run again: a machine that is never quiet ends too. */
const maxRepeats = 3;
const pauseMs = 2_000;

/** Answers a row for each figure and peer. */
export async function runRounds(work, bench) {
  const own = bench.floor ? 'floor' : 'ours';
  const leftOut = bench.control ? undefined : await whyLeftOut(work, own);
  if (leftOut !== undefined) bench.warn(`${work.name} IS LEFT OUT: ${leftOut}`);
  const peers = leftOut === undefined ? presentPeers(work, bench) : [];
  if (peers.length === 0) return [];
  // A control run compares the peer with itself: its ratio shows what this machine makes of nothing.
  const contenders = [
    { label: 'ours', side: bench.control ? peers[0] : own },
    ...peers.map((peer) => ({ label: peer, side: peer })),
  ].map((contender, index) => ({ ...contender, index }));
  const repeats = { left: bench.quick ? 0 : maxRepeats };
  const samples = new Map(contenders.map(({ label }) => [label, []]));
  const oneByOne = (sides, _bench, body) => body((index) => work.run(sides[index], bench));
  const sideBySide = work.sideBySide ?? oneByOne;
  const slices = work.sideBySide === undefined || bench.quick ? 1 : work.slices;
  for (let round = 1; round <= bench.rounds; round++) {
    const sides = contenders.map(({ side }) => side);
    await sideBySide(sides, bench, async (measure) => {
      for (let slice = 1; slice <= slices; slice++) {
        // Every other time the other way round: nobody is always first.
        const order = (round + slice) % 2 === 0 ? contenders : contenders.toReversed();
        for (const { label, index } of order) {
          const told = `${work.name} ${round}/${bench.rounds} ${label}`;
          samples.get(label).push(await runUndisturbed(work, () => measure(index), bench, repeats, told));
        }
      }
    });
  }
  return figuresOf(work).flatMap((figure) =>
    peers.map((peer) => compare(figure, peer, samples.get('ours'), samples.get(peer))),
  );
}

/**
 * A round counts when nothing else ran on its cores. What decides is never the figure itself, so that
 * no side is given the better of two tries.
 */
async function runUndisturbed(work, run, bench, repeats, told) {
  for (;;) {
    const { figures, disturbed } = await run();
    bench.progress(`${told}: ${inWords(work, figures)}`);
    if (disturbed === undefined) return figures;
    const again = repeats.left-- > 0;
    bench.progress(`  ~ disturbed, ${again ? 'once more' : 'counted all the same'}: ${disturbed}`);
    if (!again) return figures;
    await wait(pauseMs);
  }
}

async function whyLeftOut(work, own) {
  if (own === 'floor' && work.hasFloor !== true) return 'there is no floor to it';
  return work.leftOut?.();
}

function presentPeers(work, bench) {
  const reason = bench.control || bench.floor ? undefined : work.missing?.('ours');
  if (reason !== undefined) throw new Error(reason);
  const wanted = work.peers.filter((peer) => bench.peers === undefined || bench.peers.includes(peer));
  return wanted.filter((peer) => {
    const why = work.missing?.(peer);
    if (why !== undefined) bench.warn(`${work.name} WITHOUT ${peer}: ${why}`);
    return why === undefined;
  });
}

function figuresOf({ name, unit, better, also = [] }) {
  return [{ name, unit, better }, ...also];
}

function inWords(work, figures) {
  return figuresOf(work)
    .map(({ name, unit }) => `${figures[name].toFixed(1)} ${unit}`)
    .join(', ');
}

function compare({ name, unit, better }, peerName, ourSamples, peerSamples) {
  const ourValues = ourSamples.map((figures) => figures[name]);
  const peerValues = peerSamples.map((figures) => figures[name]);
  return {
    work: name,
    ours: median(ourValues),
    peer: median(peerValues),
    peerName,
    unit,
    better,
    ratio: pairedRatio(ourValues, peerValues),
    // Of the two sides the one that varies more: a difference smaller than this says little.
    spread: Math.max(spread(ourValues), spread(peerValues)),
    rounds: ourValues.length,
  };
}
