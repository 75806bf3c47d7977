import { defineHandler } from '@thousand-island/island';

/**
 * Sends back whatever comes. RFC 862.
 *
 * The smallest handler there is. Returning what `send` answers makes it as slow as its client: while the client does not
 * read, nothing more is read from it, and nothing piles up here.
 *
 * @example
 * ```ts
 * await using server = await ThousandIsland.start({ port: 7, handler: echo });
 * ```
 */
export const echo = defineHandler({
  handleData: (data, socket) => socket.send(data),
});
