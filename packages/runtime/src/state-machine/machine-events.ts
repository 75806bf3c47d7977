import type { AnyStateMachine, EventFrom, EventObject } from 'xstate';
import type { Asker } from './asker.ts';

type Asked<Event> = Event extends { readonly from: Asker<infer _Reply> } ? Event : never;

type WithoutFrom<Event> = Event extends unknown ? Omit<Event, 'from'> : never;

/** The events of a machine that can be sent to it: those that carry no asker. Of a machine without types, all. */
export type SendableEvent<Machine extends AnyStateMachine> =
  unknown extends EventFrom<Machine> ? EventObject : Exclude<EventFrom<Machine>, Asked<EventFrom<Machine>>>;

/** The types of the events that a machine can be asked. */
export type AskType<Machine extends AnyStateMachine> = Asked<EventFrom<Machine>>['type'];

type AskedAs<Machine extends AnyStateMachine, Type> = Extract<
  Asked<EventFrom<Machine>>,
  { readonly type: Type }
>;

/** An event that a machine can be asked: as the machine declares it, without the `from` that is put in on the way. */
export type AskableEvent<Machine extends AnyStateMachine, Type = AskType<Machine>> = WithoutFrom<
  AskedAs<Machine, Type>
>;

/** What an asked event is answered with: what its `from` takes. */
export type AskReply<Machine extends AnyStateMachine, Type> = ReplyTo<AskedAs<Machine, Type>>;

/** What the asker of this event waits for; never, if the event has none. */
export type ReplyTo<Event> = Event extends { readonly from: Asker<infer Reply> } ? Reply : never;
