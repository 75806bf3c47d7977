/** Who gives places to connections, and gets them back. */
export interface PlaceGiver {
  /** The place does not count against the limit any more; its connection goes on. */
  uncounted(): void;
  /** The connection has ended; `why` is for the statistics. Without it, there was none: the place was only kept. */
  left(counted: boolean, why: string | undefined): void;
}
