import { describeEnd } from '../src/connection-log.ts';

describe('describeEnd', () => {
  test.each([
    [{ shutdown: 'peerClosed' }, 'closed by the client'],
    [{ shutdown: 'localClosed' }, 'closed by the server'],
    [{ shutdown: 'timeout' }, 'silent for too long'],
    ['shutdown', 'told to end, as the server stops'],
    [{ shutdown: new Error('the connection broke: ECONNRESET') }, 'Error: the connection broke: ECONNRESET'],
    ['killed', 'killed'],
    [new TypeError('no'), 'crashed (TypeError: no)'],
    ['because', 'crashed (because)'],
  ])('puts %p in words', (reason, words) => {
    expect(describeEnd(reason)).toBe(words);
  });
});
