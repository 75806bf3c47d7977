import {
  type HeadReading,
  MAX_HEAD_LENGTH,
  type RequestHead,
  readHead,
} from '../../src/framing/http-head.ts';

function read(text: string): HeadReading {
  return readHead(Buffer.from(text, 'latin1'));
}

function headOf(text: string): RequestHead {
  const reading = read(text);
  if (reading.kind !== 'head') throw new Error(`no head: ${JSON.stringify(reading)}`);
  return reading.head;
}

describe('readHead', () => {
  test('answers method, target and headers, and where the head ends', () => {
    const head = 'GET /a?b=c HTTP/1.1\r\nHost: here\r\nX-Many: one\r\nx-many:  two \r\n\r\n';
    const reading = read(`${head}GET /next HTTP/1.1\r\n`);
    expect(reading).toMatchObject({ kind: 'head', length: head.length });
    expect(headOf(head)).toMatchObject({ method: 'GET', target: '/a?b=c', bodyLength: 0, keepAlive: true });
    expect(headOf(head).headers).toEqual(
      new Map([
        ['host', 'here'],
        ['x-many', 'one, two'],
      ]),
    );
  });

  test('takes a bare line feed for a line end, and skips empty lines before the head', () => {
    expect(headOf('\r\n\nGET / HTTP/1.1\nHost: here\n\n')).toMatchObject({ method: 'GET', target: '/' });
    expect(read('GET / HTTP/1.0\n\n')).toMatchObject({ kind: 'head', length: 16 });
  });

  test('is incomplete at every place before the end', () => {
    const head = '\r\nPOST / HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\n\r\n';
    for (let length = 0; length < head.length; length++) {
      expect(read(head.slice(0, length))).toEqual({ kind: 'incomplete' });
    }
    expect(read(head)).toMatchObject({ kind: 'head', length: head.length });
  });

  test.each([
    ['HTTP/1.1', '', true],
    ['HTTP/1.1', 'Connection: close\r\n', false],
    ['HTTP/1.1', 'Connection: Upgrade, CLOSE\r\n', false],
    ['HTTP/1.0', '', false],
    ['HTTP/1.0', 'Connection: keep-alive\r\n', true],
    ['HTTP/1.0', 'Connection: keep-alive, close\r\n', false],
    ['HTTP/1.7', '', true],
  ])('for %s with "%s" answers that keep-alive is %s', (version, header, keepAlive) => {
    expect(headOf(`GET / ${version}\r\nHost: here\r\n${header}\r\n`).keepAlive).toBe(keepAlive);
  });

  test('takes several lengths for one if they are the same', () => {
    const head = 'POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n';
    expect(headOf(head).bodyLength).toBe(5);
  });

  test.each(['', 'here', 'here:80', 'here:', '127.0.0.1:4001', '[::1]:80', 'a_b.example', 'xn--e1afmkfd'])(
    'takes %p for a host',
    (host) => {
      expect(headOf(`GET / HTTP/1.1\r\nHost: \t${host} \t\r\n\r\n`).headers.get('host')).toBe(host);
    },
  );

  test('knows who waits for 100 Continue', () => {
    const header = 'Host: here\r\nExpect: 100-Continue\r\n\r\n';
    expect(headOf(`POST / HTTP/1.1\r\n${header}`).expectsContinue).toBe(true);
    expect(headOf(`POST / HTTP/1.0\r\n${header}`).expectsContinue).toBe(false);
  });

  test.each([
    ['a request line that is none', 'hello\r\n', 400],
    ['a request line without a version', 'GET /\r\n', 400],
    ['a request line with two spaces', 'GET  / HTTP/1.1\r\n', 400],
    ['a method with a strange character', 'G(T / HTTP/1.1\r\n', 400],
    ['a control character in the target', 'GET /\x07 HTTP/1.1\r\n', 400],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost: here\r\nnonsense\r\n\r\n', 400],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : here\r\n\r\n', 400],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: here\r\nX: one\r\n two\r\n\r\n', 400],
    ['HTTP/1.1 without a host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: one\r\nHost: two\r\n\r\n', 400],
    ['a host with a space', 'GET / HTTP/1.1\r\nHost: one two\r\n\r\n', 400],
    ['a host with a user', 'GET / HTTP/1.1\r\nHost: me@here\r\n\r\n', 400],
    ['a host with two ports', 'GET / HTTP/1.1\r\nHost: here:80:80\r\n\r\n', 400],
    ['a host that is an address without its end', 'GET / HTTP/1.1\r\nHost: [::1\r\n\r\n', 400],
    ['a tunnel', 'CONNECT here:80 HTTP/1.1\r\nHost: here:80\r\n\r\n', 501],
    ['two lengths', 'POST / HTTP/1.0\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    ['a length that is none', 'POST / HTTP/1.0\r\nContent-Length: -1\r\n\r\n', 400],
    ['a length beyond all sizes', 'POST / HTTP/1.0\r\nContent-Length: 9999999999999999\r\n\r\n', 400],
    ['a length and a space that is none in HTTP', 'POST / HTTP/1.0\r\nContent-Length: 2\x0b\r\n\r\n', 400],
    ['a length before a space that is none', 'POST / HTTP/1.0\r\nContent-Length: \xa02\r\n\r\n', 400],
    ['an empty length', 'POST / HTTP/1.0\r\nContent-Length:\r\n\r\n', 400],
    [
      'a length and chunks',
      'POST / HTTP/1.0\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    [
      'a body in chunks from before there were any',
      'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['a coding', 'POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', 501],
    ['a coding that is none', 'POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: \x0bchunked\r\n\r\n', 501],
    ['another version', 'GET / HTTP/2.0\r\nHost: here\r\n\r\n', 505],
  ])('refuses %s', (_what, text, status) => {
    expect(read(text)).toEqual({ kind: 'refused', status });
  });

  test('says of a body in chunks that it is one', () => {
    const head = 'POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: Chunked\r\n\r\n';
    expect(headOf(head)).toMatchObject({ bodyLength: 'chunked', keepAlive: true });
  });

  test('reads a head of the greatest length, and refuses one byte more', () => {
    const frame = 'GET / HTTP/1.0\r\nX: \r\n\r\n';
    const longest = frame.replace('X: ', `X: ${'x'.repeat(MAX_HEAD_LENGTH - frame.length)}`);
    expect(read(longest)).toMatchObject({ kind: 'head', length: MAX_HEAD_LENGTH });
    expect(read(longest.replace('X: ', 'X: x'))).toEqual({ kind: 'refused', status: 431 });
  });

  test('refuses a request line, or empty lines, without end', () => {
    expect(read('x'.repeat(MAX_HEAD_LENGTH - 1))).toEqual({ kind: 'incomplete' });
    expect(read('x'.repeat(MAX_HEAD_LENGTH))).toEqual({ kind: 'refused', status: 431 });
    expect(read('\n'.repeat(MAX_HEAD_LENGTH))).toEqual({ kind: 'refused', status: 431 });
  });
});
