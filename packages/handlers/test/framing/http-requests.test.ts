import fc from 'fast-check';
import { HttpRequests, type RequestEvent } from '../../src/framing/http-requests.ts';
import { anyChunking } from '../support/chunks.ts';

function eventsOf(...chunks: readonly (string | Buffer)[]): RequestEvent[] {
  const requests = new HttpRequests();
  return chunks.flatMap((chunk) => requests.push(Buffer.from(chunk as string)));
}

/** `request /a`, `refused 400`, `expectsContinue`. */
function briefly(events: readonly RequestEvent[]): string[] {
  return events.map((event) => {
    if (event.kind === 'request') return `request ${event.head.target}`;
    return event.kind === 'refused' ? `refused ${event.status}` : event.kind;
  });
}

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: here\r\n\r\n`;
const post = (target: string, body: string, header = '') =>
  `POST ${target} HTTP/1.1\r\nHost: here\r\n${header}Content-Length: ${body.length}\r\n\r\n${body}`;

const chunked = (target: string, body: string, header = '') =>
  `POST ${target} HTTP/1.1\r\nHost: here\r\n${header}Transfer-Encoding: chunked\r\n\r\n${body}`;

/** A body in chunks of so many bytes. */
function inChunks(body: string, size: number): string {
  const chunks = Array.from({ length: Math.ceil(body.length / size) }, (_, index) =>
    body.slice(index * size, (index + 1) * size),
  );
  return `${chunks.map((chunk) => `${chunk.length.toString(16)};x="y"\r\n${chunk}\r\n`).join('')}0\r\n\r\n`;
}

describe('HttpRequests', () => {
  test('answers requests in their order, and skips bodies that look like requests', () => {
    const bytes = get('/a') + post('/b', get('/not')) + get('/c');
    expect(briefly(eventsOf(bytes))).toEqual(['request /a', 'request /b', 'request /c']);
  });

  test('answers a request when its body is there, not before', () => {
    const requests = new HttpRequests();
    const whole = post('/a', '12345');
    expect(requests.push(Buffer.from(whole.slice(0, -1)))).toEqual([]);
    expect(requests.isWithinRequest).toBe(true);
    expect(briefly(requests.push(Buffer.from('5')))).toEqual(['request /a']);
    expect(requests.isWithinRequest).toBe(false);
  });

  test.each([
    ['', '0\r\n\r\n'],
    ['with extensions', '4 ; name="value"\r\nbody\r\n00;last\r\n\r\n'],
    ['with trailers', '4\r\nbody\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n'],
    ['with chunks that look like the last one', '5\r\n0\r\n\r\n\r\n0\r\n\r\n'],
    ['with a length in capitals', 'A\r\n0123456789\r\n0\r\n\r\n'],
  ])('skips a body in chunks %s', (_, body) => {
    expect(briefly(eventsOf(chunked('/a', body) + get('/b')))).toEqual(['request /a', 'request /b']);
    expect(briefly(eventsOf(chunked('/a', body).slice(0, -1)))).toEqual([]);
  });

  test.each([
    ['a length that is none', 'x\r\n'],
    ['a length with a sign', '+1\r\nx\r\n0\r\n\r\n'],
    ['a length beyond all sizes', '10000000000000\r\n'],
    ['no length', '\r\n0\r\n\r\n'],
    ['a line of a length that ends with LF', '1\nx\r\n0\r\n\r\n'],
    ['an extension with a CR', '1;a\rb\r\nx\r\n0\r\n\r\n'],
    ['a chunk that is longer than it says', '1\r\nxy\r\n0\r\n\r\n'],
    ['an extension without end', `1;${'x'.repeat(2_000)}`],
    ['a trailer that is none', '0\r\nno trailer\r\n\r\n'],
    ['an end with LF alone', '0\r\n\n'],
  ])('refuses a body in chunks with %s', (_, body) => {
    expect(briefly(eventsOf(chunked('/a', body)))).toEqual(['refused 400']);
  });

  test('refuses more trailers than a head may have', () => {
    const trailers = 'X: y\r\n'.repeat(5_000);
    expect(briefly(eventsOf(chunked('/a', `0\r\n${trailers}`)))).toEqual(['refused 431']);
  });

  test('says that the client waits for 100 Continue with a body in chunks too', () => {
    const head = chunked('/a', '', 'Expect: 100-continue\r\n');
    expect(briefly(eventsOf(head, '0\r\n\r\n'))).toEqual(['expectsContinue', 'request /a']);
  });

  test('takes empty lines for the beginning of no request', () => {
    const requests = new HttpRequests();
    expect(briefly(requests.push(Buffer.from(`${post('/a', 'body')}\r\n`)))).toEqual(['request /a']);
    expect(requests.isWithinRequest).toBe(false);
    expect(briefly(requests.push(Buffer.from(`\n\r\n${get('/b')}`)))).toEqual(['request /b']);
    expect(requests.isWithinRequest).toBe(false);
  });

  test('says that the client waits for 100 Continue, unless it did not wait', () => {
    const patient = post('/a', 'body', 'Expect: 100-continue\r\n');
    expect(briefly(eventsOf(patient.slice(0, -4), 'body'))).toEqual(['expectsContinue', 'request /a']);
    expect(briefly(eventsOf(patient))).toEqual(['request /a']);
  });

  test('answers nothing after the last request', () => {
    const last = get('/a').replace('Host', 'Connection: close\r\nHost');
    expect(briefly(eventsOf(last + get('/b'), get('/c')))).toEqual(['request /a']);
    expect(briefly(eventsOf(`${last}nonsense\r\n`))).toEqual(['request /a']);
  });

  test('answers what came before a refusal, and nothing after it', () => {
    expect(briefly(eventsOf(`${get('/a')}nonsense\r\n${get('/b')}`, get('/c')))).toEqual([
      'request /a',
      'refused 400',
    ]);
  });

  test('answers the same for any requests and any chunking', () => {
    const request = fc
      .record({
        target: fc.stringMatching(/^\/[a-z]{0,20}$/),
        body: fc.string({ unit: 'binary-ascii' }),
        size: fc.nat({ max: 20 }),
      })
      .map(({ target, body, size }) => {
        if (size > 0) return { target, bytes: chunked(target, inChunks(body, size)) };
        return { target, bytes: body === '' ? get(target) : post(target, body) };
      });
    const cutRequests = fc.array(request, { maxLength: 8 }).chain((wanted) => {
      const bytes = Buffer.from(wanted.map((each) => each.bytes).join(''));
      return fc.record({ wanted: fc.constant(wanted), chunks: anyChunking(bytes) });
    });
    fc.assert(
      fc.property(cutRequests, ({ wanted, chunks }) => {
        expect(briefly(eventsOf(...chunks))).toEqual(wanted.map(({ target }) => `request ${target}`));
      }),
    );
  });

  test('ends every stream of bytes in requests or one refusal, the same for any chunking', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...[get('/a'), post('/b', 'body'), chunked('/c', ''), '3\r\nabc\r\n', '0\r\n', 'X: y\r\n'],
        ...['GET / HTTP/1.0\n', '\r\n', ': ', 'Host: x\r\n', '\0', '\n', '\r'],
      ),
      fc.string(),
    );
    const cutNoise = fc.array(piece).chain((pieces) => {
      const bytes = Buffer.from(pieces.join(''));
      return fc.record({ bytes: fc.constant(bytes), chunks: anyChunking(bytes) });
    });
    fc.assert(
      fc.property(cutNoise, ({ bytes, chunks }) => {
        const whole = briefly(eventsOf(bytes));
        expect(briefly(eventsOf(...chunks))).toEqual(whole);
        expect(whole.slice(0, -1).filter((event) => event.startsWith('refused'))).toEqual([]);
      }),
    );
  });
});
