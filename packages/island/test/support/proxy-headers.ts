import fc from 'fast-check';
import {
  type ProxyDetails,
  type ProxyHeaderInput,
  type ProxyRejection,
  parseProxyHeader,
} from '../../src/index.ts';
import { anyBytes } from './chunks.ts';

const port = fc.integer({ min: 0, max: 0xffff });
const ip4 = fc.record({ address: fc.ipV4(), port });
const ip6 = fc.record({ address: fc.ipV6(), port });
const unix = fc.record({
  path: fc.stringMatching(/^[\w/.-]{0,108}$/).map((path) => path.slice(0, 108)),
});
const ascii = fc.string({ unit: 'binary-ascii', maxLength: 30 });
const unicode = fc.string({ unit: 'grapheme', maxLength: 20 });

const transport = fc.oneof(
  ...(['tcp4', 'udp4'] as const).map((name) =>
    fc.record({ transport: fc.constant(name), source: ip4, destination: ip4 }),
  ),
  ...(['tcp6', 'udp6'] as const).map((name) =>
    fc.record({ transport: fc.constant(name), source: ip6, destination: ip6 }),
  ),
  ...(['unixStream', 'unixDgram'] as const).map((name) =>
    fc.record({ transport: fc.constant(name), source: unix, destination: unix }),
  ),
);

const rawTlvs = (types: fc.Arbitrary<number>) =>
  fc.array(fc.record({ type: types, value: anyBytes({ maxLength: 20 }) }), { minLength: 1, maxLength: 3 });

const ssl = fc
  .record(
    {
      client: fc.record({ ssl: fc.boolean(), certConn: fc.boolean(), certSess: fc.boolean() }),
      verified: fc.boolean(),
      version: ascii,
      cipher: ascii,
      sigAlg: ascii,
      keyAlg: ascii,
      commonName: unicode,
      rawTlvs: rawTlvs(fc.integer({ min: 0x26, max: 0xff })),
    },
    { requiredKeys: ['client', 'verified'] },
  )
  .map((each) => ({ ...each, verified: each.verified && (each.client.certConn || each.client.certSess) }));

const details: fc.Arbitrary<ProxyDetails> = fc.record(
  {
    alpn: ascii,
    authority: unicode,
    uniqueId: anyBytes({ maxLength: 128 }),
    ssl,
    netns: ascii,
    rawTlvs: rawTlvs(fc.integer({ min: 0xe0, max: 0xff })),
  },
  { requiredKeys: [] },
);

/** Any header of version 2 that has addresses. */
export const anyV2: fc.Arbitrary<ProxyHeaderInput> = fc
  .tuple(transport, details)
  .map(([addresses, more]) => ({ ...addresses, ...more }));

/** Any header of version 1. */
export const anyV1: fc.Arbitrary<ProxyHeaderInput> = fc.oneof(
  fc.record({ source: ip4, destination: ip4 }),
  fc.record({ source: ip6, destination: ip6 }),
  fc.constant({}),
);

/** What is wrong with a header; undefined if nothing is. */
export function rejectionOf(bytes: Buffer): ProxyRejection | undefined {
  const reading = parseProxyHeader(bytes);
  return reading.kind === 'rejected' ? reading.error.kind : undefined;
}
