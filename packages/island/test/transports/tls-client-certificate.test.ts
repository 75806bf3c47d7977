import { type TlsOptions, tls } from '../../src/index.ts';
import { certificateRefusal } from '../../src/transports/tls-client-certificate.ts';
import { Authority, type Certificate } from '../support/certificates.ts';
import { Channel } from '../support/channel.ts';
import { TestIsland } from '../support/test-island.ts';
import { informationFor, informing } from '../support/tls-peer.ts';

let authority: Authority;
let certificate: Certificate;
let known: Certificate;
let stranger: Certificate;

beforeAll(async () => {
  authority = await Authority.make();
  [certificate, known, stranger] = await Promise.all([
    authority.issue('a.example'),
    authority.issue('known'),
    Authority.make('another authority').then((other) => other.issue('stranger')),
  ]);
});

type Wishes = Pick<TlsOptions, 'rejectUnauthorized' | 'failIfNoPeerCert'>;

describe('client certificates', () => {
  const none = { authorized: false };
  test.each<[string, Wishes, () => object, object | undefined]>([
    ['an accepted one is let in', {}, () => known, { authorized: true, peer: 'known' }],
    ['none is refused', {}, () => ({}), undefined],
    ['an unknown one is refused', {}, () => stranger, undefined],
    ['none is let in where none is needed', { failIfNoPeerCert: false }, () => ({}), none],
    [
      'an accepted one is let in where none is needed',
      { failIfNoPeerCert: false },
      () => known,
      { authorized: true, peer: 'known' },
    ],
    [
      'an unknown one is refused where none is needed',
      { failIfNoPeerCert: false },
      () => stranger,
      undefined,
    ],
    ['none is let in where nothing is verified', { rejectUnauthorized: false }, () => ({}), none],
    [
      'an unknown one is let in where nothing is verified, and told of',
      { rejectUnauthorized: false },
      () => stranger,
      { authorized: false, authorizationError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', peer: 'stranger' },
    ],
    [
      'none is refused where any will do',
      { rejectUnauthorized: false, failIfNoPeerCert: true },
      () => ({}),
      undefined,
    ],
    [
      'an unknown one is let in where any will do',
      { rejectUnauthorized: false, failIfNoPeerCert: true },
      () => stranger,
      { authorized: false, authorizationError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', peer: 'stranger' },
    ],
  ])('%s', async (_, wishes, client, expected) => {
    const failures = new Channel<unknown>();
    const transport = tls({ ...certificate, requestCert: true, ca: authority.cert, ...wishes });
    const handler = { ...informing, handleError: (reason: unknown) => void failures.push(reason) };
    await using island = await TestIsland.start(handler, { transport });
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const information = informationFor(island, { maxVersion, ...client() });
      if (expected === undefined) {
        await expect(information).rejects.toThrow();
        expect(await failures.next()).toMatchObject({ reason: 'clientCertificate' });
      } else {
        const { authorized, authorizationError, peer } = await information;
        expect({ authorized, authorizationError, peer }).toEqual(expected);
      }
    }
  });

  test('are not asked for unless said', async () => {
    await using island = await TestIsland.start(informing, { transport: tls({ ...certificate }) });
    expect(await informationFor(island, known)).not.toHaveProperty('peer');
  });
});

describe('certificateRefusal', () => {
  const accepted = { presented: true, authorized: true, problem: undefined };
  const bad = { presented: true, authorized: false, problem: 'CERT_HAS_EXPIRED' };
  const none = { presented: false, authorized: false, problem: 'UNABLE_TO_GET_ISSUER_CERT' };
  test.each([
    [true, true, accepted, undefined],
    [true, true, bad, 'CERT_HAS_EXPIRED'],
    [true, true, none, 'it has shown none'],
    [true, false, bad, 'CERT_HAS_EXPIRED'],
    [true, false, none, undefined],
    [false, true, bad, undefined],
    [false, true, none, 'it has shown none'],
    [false, false, bad, undefined],
    [false, false, none, undefined],
    [true, true, { ...bad, problem: undefined }, 'it is not authorized'],
  ])(
    'rejectUnauthorized %p, failIfNoPeerCert %p, %p: %p',
    (rejectUnauthorized, failIfNoPeerCert, state, refusal) => {
      const policy = { requestCert: true, rejectUnauthorized, failIfNoPeerCert };
      expect(certificateRefusal(policy, state)).toBe(refusal);
      expect(certificateRefusal({ ...policy, requestCert: false }, state)).toBeUndefined();
    },
  );
});
