import { CallMessage, CastMessage, type From } from '../process/call.ts';
import { Continue } from './continue.ts';

/** Which callback of a GenServer a message is for, as errors name it. A call that was answered before is no call any more. */
export function callbackName(message: unknown, from: From | undefined): string {
  if (from !== undefined && message instanceof CallMessage) return `handleCall.${message.request}`;
  if (message instanceof CastMessage) return `handleCast.${message.request}`;
  return message instanceof Continue ? 'handleContinue' : 'handleInfo';
}
