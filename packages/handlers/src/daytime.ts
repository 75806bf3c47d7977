import { close, defineHandler } from '@thousand-island/island';

/** What the daytime server can be told. */
export interface DaytimeOptions {
  /** Asked for the time; the machine's clock unless said. */
  readonly now?: () => Date;
}

/**
 * Sends the date and time as one line, and closes. RFC 867.
 *
 * What the client says is not even read. `close()` ends the connection only when the line has gone out.
 *
 * @example
 * ```ts
 * await using server = await ThousandIsland.start({ port: 13, handler: daytime });
 * // $ nc 127.0.0.1 13
 * // Mon, 04 Aug 2025 10:15:30 GMT
 * ```
 */
export const daytime = defineHandler({
  init: ({ now = () => new Date() }: DaytimeOptions = {}) => now,

  handleConnection(socket, now) {
    socket.send(`${now().toUTCString()}\r\n`);
    return close();
  },
});
