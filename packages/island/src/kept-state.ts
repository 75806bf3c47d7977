/** "The state stays as it is": lets undefined be a state like any other. */
export const KEEP_STATE: unique symbol = Symbol('keep state');

/** A new state, or none. */
export type KeptState<State> = State | typeof KEEP_STATE;
