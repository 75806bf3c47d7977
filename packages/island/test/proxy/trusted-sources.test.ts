import { TrustedSources } from '../../src/index.ts';

describe('TrustedSources', () => {
  test.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['0.0.0.0/0', '203.0.113.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['2001:DB8:0::1', '2001:db8::1', true],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['::1', '127.0.0.1', false],
    // An IPv4 address by its other name.
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '::ffff:a01:203', true],
    ['10.0.0.0/8', '::ffff:11.1.2.3', false],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '11.1.2.3', false],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['10.0.0.0/8', 'localhost', false],
    ['10.0.0.0/8', '', false],
    ['10.0.0.0/8', '/run/proxy.sock', false],
  ])('of %s and %s answer %p', (entry, address, isTrusted) => {
    expect(new TrustedSources([entry]).has(address)).toBe(isTrusted);
  });

  test('are any of several', () => {
    const sources = new TrustedSources(['10.0.0.1', '10.0.0.2', '2001:db8::/32', 'unix']);
    expect(['10.0.0.1', '10.0.0.2', '10.0.0.3', '2001:db8::5'].map((each) => sources.has(each))).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect(sources.trustsUnix).toBe(true);
  });

  test('are not those whose address nobody knows any more', () => {
    expect(new TrustedSources(['0.0.0.0/0', 'unix']).has(undefined)).toBe(false);
  });

  test('are nobody without entries', () => {
    const sources = new TrustedSources([]);
    expect(sources.has('127.0.0.1')).toBe(false);
    expect(sources.trustsUnix).toBe(false);
  });

  test.each([
    'localhost',
    '',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '010.0.0.0/8',
    '::1/129',
    'fe80::1%eth0',
    '*',
    7 as unknown as string,
  ])('refuse the entry %p by its place', (entry) => {
    expect(() => new TrustedSources(['10.0.0.0/8', entry])).toThrow(
      expect.objectContaining({ code: 'ISLAND_BAD_OPTION', option: 'trustedSources[1]' }),
    );
  });

  test.each([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['2001:db8::1/32', '2001:db8::/32'],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
  ])('refuse %s, which trusts more than is written there', (entry, network) => {
    expect(() => new TrustedSources([entry])).toThrow(network);
  });

  test('refuse what is no list', () => {
    expect(() => new TrustedSources('10.0.0.0/8' as unknown as string[])).toThrow(
      'trustedSources must be a list',
    );
  });
});
