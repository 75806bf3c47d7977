const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const NOTHING = Buffer.alloc(0);

/** Cuts one connection's bytes into lines of text, however the network has cut them: also in the middle of a character. */
export class Lines {
  #pending: Buffer = NOTHING;

  /** How many bytes of a line that is not complete have come. */
  get pendingLength(): number {
    return this.#pending.length;
  }

  /** Takes what has come, and answers the lines that it completes, without their ends. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      const line = Buffer.concat([this.#pending, chunk.subarray(start, end)]);
      lines.push(line.toString('utf8', 0, line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length));
      this.#pending = NOTHING;
      start = end + 1;
    }
    this.#pending = Buffer.concat([this.#pending, chunk.subarray(start)]);
    return lines;
  }
}
