import { setTimeout as sleep } from 'node:timers/promises';
import { encodeProxyHeaderV1, encodeProxyHeaderV2 } from '@thousand-island/island';
import { Cut, Peer, Wrong } from './peer.ts';
import { fileBytes, type ProxyHeaderKind, type Visit } from './visit-plan.ts';

/** How a visit went. */
export type VisitOutcome =
  /** All that was to come has come. */
  | { readonly kind: 'complete' }
  /** The server has ended it before: it was killed, drained, full or suspended. */
  | { readonly kind: 'cut'; readonly how: string }
  /** What came was not what was to come. */
  | { readonly kind: 'wrong'; readonly how: string }
  /** Nothing came any more, and the connection was not ended either. */
  | { readonly kind: 'stuck' };

/** Longer than whatever a client may have to wait for, one limit after the other. */
const STUCK_MS = 40_000;

/** Where version 2 says which version it is, and for what. */
const COMMAND_AT = 12;

/** The header of a TLS record with a handshake in it, of which little comes. */
const HALF_A_HELLO = Buffer.from([22, 3, 1, 2, 0, 1, 0, 1]);

/** Visits the server at this port, or path. Never rejects; whatever happens, nothing is left open. */
export async function visit(plan: Visit, place: number | string): Promise<VisitOutcome> {
  const peer = new Peer(place);
  const timer = new AbortController();
  const tooLong = sleep(STUCK_MS, { kind: 'stuck' } as const, { signal: timer.signal });
  tooLong.catch(() => {});
  const played = play(plan, peer).then(
    (): VisitOutcome => ({ kind: 'complete' }),
    (error: Error): VisitOutcome => {
      if (error instanceof Cut) return { kind: 'cut', how: error.message };
      return { kind: 'wrong', how: error instanceof Wrong ? error.message : String(error.stack) };
    },
  );
  const outcome = await Promise.race([played, tooLong]);
  timer.abort();
  peer.destroy();
  return outcome;
}

async function play(plan: Visit, peer: Peer): Promise<void> {
  const { server, kind, size, offset, pauseMs } = plan;
  if (kind === 'gone') return leave(plan, peer);
  await peer.connected();
  if (plan.proxy !== 'none') {
    const header = proxyHeader(plan.proxy);
    const cut = size % header.length;
    await peer.write(header.subarray(0, cut));
    await sleep(pauseMs);
    await peer.write(header.subarray(cut));
    if (plan.proxy === 'broken') return peer.drain();
  }
  // One that stalls or spoils the handshake does so before there is any.
  if (kind === 'silent') return peer.drain();
  if (kind === 'nonsense') {
    await peer.write(`${'x'.repeat(70)}\n`);
    return peer.drain();
  }
  if (kind === 'breakOff') {
    await peer.write(server === 'tls' ? HALF_A_HELLO : 'ech');
    await sleep(pauseMs);
    return leave({ ...plan, leave: 'reset' }, peer);
  }
  if (server === 'tls') await peer.secure();
  switch (kind) {
    case 'echo':
      await peer.write('echo\n');
      return echo(plan, peer);
    case 'starttls':
      await peer.write('starttls\n');
      await peer.readText('go\n');
      await peer.secure();
      return echo(plan, peer);
    case 'halfClose':
      await peer.write('echo\n');
      await peer.writePattern(0, size);
      peer.end();
      await peer.readPattern(0, size);
      return peer.readEnd();
    case 'stream':
      await peer.write(`stream ${size}\n`);
      await peer.readPattern(0, size, pauseMs);
      return bye(peer);
    case 'file': {
      await peer.write(`file ${offset} ${size}\n`);
      await peer.readPattern(offset, fileBytes(plan), pauseMs);
      return bye(peer);
    }
    case 'abandon':
      await peer.write(`stream ${size}\n`);
      await peer.readPattern(0, Math.floor(size / 3), pauseMs);
      return leave(plan, peer);
    case 'abandonFile':
      await peer.write(`file ${offset} ${size}\n`);
      await peer.readPattern(offset, Math.floor(fileBytes(plan) / 3), pauseMs);
      return leave(plan, peer);
    case 'crash':
      await peer.write(`fail ${plan.failure}\n`);
      return peer.drain();
    case 'goodbye':
      await peer.write('goodbye\n');
      await peer.readText('bye');
      return bye(peer);
    case 'recv':
      await peer.write(`recv ${size}\n`);
      await peer.writePattern(0, size);
      await peer.readPattern(0, size);
      return bye(peer);
    default:
      return kind satisfies never;
  }
}

function proxyHeader(kind: Exclude<ProxyHeaderKind, 'none'>): Buffer {
  const source = { address: '192.0.2.1', port: 50_000 };
  const destination = { address: '198.51.100.1', port: 443 };
  if (kind === 'v1') return encodeProxyHeaderV1({ source, destination });
  const header = encodeProxyHeaderV2(
    { source, destination, uniqueId: Buffer.from('soak') },
    { checksum: true },
  );
  if (kind === 'broken') header[COMMAND_AT] = 0xff;
  return header;
}

async function echo(plan: Visit, peer: Peer): Promise<void> {
  const { size, parts, pauseMs } = plan;
  for (let part = 0; part < parts; part++) {
    await peer.writePattern(part, size);
    await peer.readPattern(part, size);
    await sleep(pauseMs);
  }
  return leave(plan, peer);
}

/** The server has nothing more to say; nor has the client. */
async function bye(peer: Peer): Promise<void> {
  await peer.readEnd();
  peer.end();
}

async function leave({ leave: how }: Visit, peer: Peer): Promise<void> {
  switch (how) {
    case 'end':
      peer.end();
      // What a server still says to one that is gone is nothing to count on.
      return peer.drain();
    case 'destroy':
      return peer.destroy();
    case 'reset':
      return peer.reset();
    default:
      return how satisfies never;
  }
}
