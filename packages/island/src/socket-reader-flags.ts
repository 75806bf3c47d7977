// What is true of a reader, a bit each: there may be very many of them.
/** The owner is told of what comes. */
export const ACTIVE = 1;
/** The handler does not want to hear any more. */
export const DEAF = 2;
/** The owner has been told, and has not looked yet. */
export const NOTIFIED = 4;
/** The owner is in an async callback. */
export const BUSY = 8;
/** What comes over the raw socket is heard. */
export const HEARING = 16;
/** The raw socket has been given away for the time being. */
export const LENT = 32;
/** We have closed it, and the client had not. */
export const OURS = 64;
