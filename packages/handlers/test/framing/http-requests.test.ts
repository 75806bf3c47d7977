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
      .record({ target: fc.stringMatching(/^\/[a-z]{0,20}$/), body: fc.string({ unit: 'binary-ascii' }) })
      .map(({ target, body }) => ({ target, bytes: body === '' ? get(target) : post(target, body) }));
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
      fc.constantFrom(get('/a'), post('/b', 'body'), 'GET / HTTP/1.0\n', '\r\n', ': ', 'Host: x\r\n', '\0'),
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
