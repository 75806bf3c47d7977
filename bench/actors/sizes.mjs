/** What is the same on every side of a work. */

export const ringSize = 1_000;
export const fanSenders = 100;
export const fanoutReceivers = 1_000;
/** A supervisor that restarts without end keeps a list of when: a fresh one each so many kills. */
export const killsPerSupervisor = 500;
/** How often a sender sends before others get a turn. Erlang preempts it after about as many. */
export const sendsPerTurn = 1_000;
