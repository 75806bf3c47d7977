// What is true of a socket, a bit each: there may be very many of them.
export const BATCHING = 1;
/** The first send of a callback is out. */
export const SENT_IN_BATCH = 2;
/** It takes up a place, which counts against the limit until `removeConnection`. */
export const ADMITTED = 4;
export const COUNTED = 8;
/** What it is to be talked over does not stand: nothing may be said, since it would be said in the clear. */
export const MUTE = 16;
