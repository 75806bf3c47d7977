/** What is the same on every side of a work. */

export const ringSize = 1_000;
export const fanSenders = 100;
export const fanoutReceivers = 1_000;
/** A supervisor that restarts without end keeps a list of when: a fresh one each so many kills. */
export const killsPerSupervisor = 500;
/** A call after so many casts keeps the mailbox from growing without end, as somebody who casts much would do. */
export const castsPerCall = 1_000;
