import { CallMessage, CastMessage, type From } from '../process/call.ts';
import { inspected } from '../text.ts';

/**
 * What a server does, as `sys` sees it: a message has come in and is about to be handled; a call was answered; a callback has
 * gone on without an answer. System messages are not told of. OTP: `sys:system_event/0`.
 */
export type SystemEvent =
  | { readonly kind: 'in'; readonly message: unknown }
  | { readonly kind: 'out'; readonly message: unknown; readonly to: From; readonly state: unknown }
  | { readonly kind: 'noReply'; readonly state: unknown };

/** The event in words, as OTP prints them: `got call add from <0.4.0>`. */
export function formatSystemEvent(event: SystemEvent): string {
  switch (event.kind) {
    case 'in':
      return `got ${formatMessage(event.message)}`;
    case 'out':
      return `sent ${brief(event.message)} to ${event.to}, new state ${brief(event.state)}`;
    case 'noReply':
      return `new state ${brief(event.state)}`;
    default:
      return event satisfies never;
  }
}

function formatMessage(message: unknown): string {
  if (message instanceof CallMessage) {
    return `call ${message.request}${argument(message.payload)} from ${message.from}`;
  }
  if (message instanceof CastMessage) return `cast ${message.request}${argument(message.payload)}`;
  return brief(message);
}

function argument(payload: unknown): string {
  return payload === undefined ? '' : `(${brief(payload)})`;
}

function brief(value: unknown): string {
  return inspected(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY });
}
