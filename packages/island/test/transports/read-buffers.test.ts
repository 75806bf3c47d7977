import { ReadBuffers } from '../../src/transports/read-buffers.ts';

const FULL = 64 * 1024;

test('what is read into the buffer that all share is copied out of it', () => {
  const buffers = new ReadBuffers();
  buffers.shared.write('hello');
  const chunk = buffers.take(buffers.shared, 5);
  buffers.shared.write('later');
  expect(chunk.toString()).toBe('hello');
});

test('a connection that brings much is read into a buffer of its own, which is given away as it is', () => {
  const buffers = new ReadBuffers();
  const connection = {};
  const own = buffers.next(connection, FULL);
  expect(own).not.toBe(buffers.shared);
  expect(buffers.take(own, FULL)).toBe(own);
  expect(buffers.take(own, FULL - 1).buffer).toBe(own.buffer);
  expect(buffers.next(connection, FULL)).not.toBe(own);
});

test('a small chunk keeps none of the large buffer that it came in, and ends the having of one', () => {
  const buffers = new ReadBuffers();
  const connection = {};
  const own = buffers.next(connection, FULL);
  expect(buffers.take(own, 100).buffer).not.toBe(own.buffer);
  expect(buffers.next(connection, 100)).toBe(buffers.shared);
});

test('no more than 64 connections have buffers of their own, until one gives its up', () => {
  const buffers = new ReadBuffers();
  const connections = Array.from({ length: 65 }, (_, index) => ({ index }));
  const own = connections.filter((each) => buffers.next(each, FULL) !== buffers.shared);
  expect(own).toEqual(connections.slice(0, 64));
  const [first, last] = [connections[0] as object, connections[64] as object];
  expect(buffers.next(last, FULL)).toBe(buffers.shared);
  buffers.release(first);
  expect(buffers.next(last, FULL)).not.toBe(buffers.shared);
});
