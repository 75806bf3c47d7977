import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  encodeProxyHeaderV1,
  encodeProxyHeaderV2,
  ProxyHeaderReader,
  parseProxyHeader,
} from '../../src/index.ts';
import { type Captured, Haproxy, isInstalled } from '../support/haproxy.ts';

const canRun = isInstalled('haproxy') && isInstalled('openssl');
if (!canRun) {
  process.stderr.write(
    '\n!!!! SKIPPED: haproxy or openssl is missing: PROXY headers were not tried with a real proxy\n',
  );
}
const withHaproxy = canRun ? describe : describe.skip;

const DETAILS = 'ssl,cert-cn,ssl-cipher,cert-sig,cert-key,authority,unique-id,crc32c';
const FRONTENDS = [
  { name: 'v1', bind: 'accept-proxy', server: 'send-proxy' },
  { name: 'v2', bind: 'accept-proxy', server: 'send-proxy-v2' },
  { name: 'unix', bind: '', server: 'send-proxy' },
  { name: 'details', bind: 'accept-proxy', server: `send-proxy-v2 proxy-v2-options ${DETAILS}` },
  {
    name: 'tls',
    bind: 'accept-proxy ssl crt CERT ca-file CERT verify optional alpn h2,http/1.1',
    server: `send-proxy-v2 proxy-v2-options ${DETAILS}`,
  },
];

const ENDS4 = {
  source: { address: '192.0.2.7', port: 56324 },
  destination: { address: '198.51.100.9', port: 443 },
};
const ENDS6 = {
  source: { address: '2001:db8::7', port: 1 },
  destination: { address: '2001:db8::9', port: 65535 },
};

withHaproxy('a real haproxy', () => {
  let haproxy: Haproxy;
  beforeAll(async () => {
    haproxy = await Haproxy.start(FRONTENDS);
  }, 60_000);
  afterAll(async () => {
    await haproxy?.[Symbol.asyncDispose]();
  });

  async function connect(frontend: string, header?: Buffer): Promise<Socket> {
    const socket = createConnection(haproxy.path(frontend));
    await once(socket, 'connect');
    if (header !== undefined) socket.write(header);
    return socket;
  }

  async function destroy(socket: Socket): Promise<void> {
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
  }

  /** What haproxy says to the server behind it of a client that has sent this header to it. */
  async function relay(frontend: string, header?: Buffer): Promise<Captured> {
    const socket = await connect(frontend, header);
    const refused = once(socket, 'end').then(() => {
      throw new Error('haproxy has closed the connection');
    });
    socket.resume();
    const captured = await Promise.race([haproxy.captured.next(), refused]);
    await destroy(socket);
    return captured;
  }

  test('checks a server as LOCAL', async () => {
    const [check] = haproxy.checks.seen;
    expect(check?.header).toMatchObject({
      version: 2,
      command: 'local',
      transport: 'unspec',
      source: undefined,
    });
  });

  test.each([
    ['1', encodeProxyHeaderV1],
    ['2', encodeProxyHeaderV2],
  ])('understands a header of version %s, and says the same in both versions', async (_, encode) => {
    for (const [ends, transport, family] of [
      [ENDS4, 'tcp4', 'IPv4'],
      [ENDS6, 'tcp6', 'IPv6'],
    ] as const) {
      const expected = {
        command: 'proxy',
        transport,
        source: { ...ends.source, family },
        destination: { ...ends.destination, family },
      };
      const first = await relay('v1', encode(ends));
      expect(first.header).toEqual({ version: 1, ...expected });
      expect(first.bytes).toEqual(encodeProxyHeaderV1(ends));
      const second = await relay('v2', encode(ends));
      expect(second.header).toEqual({ version: 2, ...expected });
      expect(second.bytes).toEqual(encodeProxyHeaderV2(ends));
    }
  });

  test('understands a header with everything in it', async () => {
    const header = encodeProxyHeaderV2(
      {
        ...ENDS4,
        alpn: 'h2',
        authority: 'island.example',
        uniqueId: Buffer.from('from outside'),
        netns: 'blue',
        ssl: { client: { ssl: true, certConn: true, certSess: true }, verified: true, version: 'TLSv1.3' },
        rawTlvs: [{ type: 0xea, value: Buffer.from('raw') }],
      },
      { checksum: true, padTo: 512 },
    );
    expect((await relay('v1', header)).header).toMatchObject({ source: ENDS4.source });
  });

  test('cannot name a client over a Unix socket', async () => {
    const { header } = await relay('unix');
    expect(header).toMatchObject({ version: 1, command: 'proxy', transport: 'unspec', source: undefined });
  });

  test('tells what it knows the connection by, with a checksum that is right', async () => {
    const { bytes, header } = await relay('details', encodeProxyHeaderV2(ENDS4));
    expect(header.uniqueId?.toString()).toBe('id-of-aconnection');
    expect(header.crc32c).toEqual(expect.any(Number));
    // It says 0, which is verified, of a client without a certificate: that is not to be taken for one.
    expect(header.ssl).toMatchObject({ client: { ssl: false }, verified: false });
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8(damaged.readUInt8(16) ^ 1, 16);
    expect(parseProxyHeader(damaged)).toMatchObject({ kind: 'rejected', error: { kind: 'badChecksum' } });
  });

  test.each([true, false])('tells of TLS, with a certificate of the client: %p', async (withCertificate) => {
    const pem = haproxy.certificate;
    const socket = await connect('tls', encodeProxyHeaderV1(ENDS4));
    const tls = connectTls({
      socket,
      ca: pem,
      servername: 'island.example',
      checkServerIdentity: () => undefined,
      ALPNProtocols: ['h2'],
      ...(withCertificate ? { cert: pem, key: pem } : {}),
    });
    await once(tls, 'secureConnect');
    const { bytes, header } = await haproxy.captured.next();
    await destroy(tls);

    expect(header).toMatchObject({
      transport: 'tcp4',
      source: ENDS4.source,
      alpn: 'h2',
      authority: 'island.example',
      ssl: {
        client: { ssl: true, certConn: withCertificate, certSess: withCertificate },
        verified: withCertificate,
        version: 'TLSv1.3',
        cipher: expect.stringContaining('AES'),
        sigAlg: 'RSA-SHA256',
        keyAlg: 'RSA2048',
      },
    });
    expect(header.ssl?.commonName).toBe(withCertificate ? 'island.example' : undefined);

    // The same, cut at every byte.
    const rest = Buffer.from('first words');
    const all = Buffer.concat([bytes, rest]);
    for (let at = 0; at <= all.length; at += 1) {
      const reader = new ProxyHeaderReader();
      const first = reader.push(all.subarray(0, at));
      const reading = first.kind === 'more' ? reader.push(all.subarray(at)) : first;
      expect(reading).toEqual({
        kind: 'header',
        header,
        rest: all.subarray(bytes.length, first.kind === 'more' ? undefined : at),
      });
    }
  });
});
