import { nextTurn } from '../src/next-turn.ts';
import { settle } from '../src/testing/index.ts';

describe('what is to be called in the next turn of the loop', () => {
  test('is called then, and not before, in the order in which it was asked for', async () => {
    const called: string[] = [];
    nextTurn.ask(() => called.push('one'));
    nextTurn.ask(() => called.push('two'));
    await Promise.resolve();
    expect(called).toEqual([]);
    await settle(1);
    expect(called).toEqual(['one', 'two']);
    await settle(2);
    expect(called).toEqual(['one', 'two']);
  });

  test('waits for one more turn if it is asked for meanwhile', async () => {
    const called: string[] = [];
    nextTurn.ask(() => {
      called.push('one');
      nextTurn.ask(() => called.push('three'));
    });
    nextTurn.ask(() => called.push('two'));
    await settle(1);
    expect(called).toEqual(['one', 'two']);
    await settle(1);
    expect(called).toEqual(['one', 'two', 'three']);
  });

  test('is called although another throws', async () => {
    const called: string[] = [];
    const thrown = new Error('thrown by one of them');
    const caught: unknown[] = [];
    process.setUncaughtExceptionCaptureCallback((error) => caught.push(error));
    nextTurn.ask(() => {
      throw thrown;
    });
    nextTurn.ask(() => called.push('other'));
    await settle(3);
    process.setUncaughtExceptionCaptureCallback(null);
    expect(caught).toEqual([thrown]);
    expect(called).toEqual(['other']);
  });

  test('shares one immediate', async () => {
    const made = jest.spyOn(globalThis, 'setImmediate');
    for (let each = 0; each < 10; each++) nextTurn.ask(() => {});
    const immediates = made.mock.calls.length;
    made.mockRestore();
    await settle(1);
    expect(immediates).toBe(1);
  });
});
