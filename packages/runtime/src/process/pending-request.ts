import type { ExitReason } from '../exit-reason.ts';
import type { Address } from '../name.ts';
import type { Process } from './process.ts';
import { Watch } from './watch.ts';

/** What a request has come to: its answer, or why there is none: the server's exit reason, `'noproc'` if there is no server. */
export type RequestOutcome<Reply = unknown> =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'error'; readonly reason: ExitReason; readonly server: Address };

/**
 * A request that was answered, or never will be. It comes to the process that has sent the request, as a message like any
 * other; `GenServer.waitResponse`, `receiveResponse` and `checkResponse` know what to do with it.
 */
export class ResponseMessage {
  readonly type = 'response';
  readonly request: PendingRequest;
  readonly outcome: RequestOutcome;

  constructor(request: PendingRequest, outcome: RequestOutcome) {
    this.request = request;
    this.outcome = outcome;
  }
}

// A key that nobody else has: the member that carries a type is offered to nobody.
declare const answerType: unique symbol;

/**
 * A request whose answer comes as a message: alias and monitor in one, as a call is, but nobody is held up. Only the first
 * outcome counts; of a request that was given up none comes any more.
 */
export class PendingRequest<Reply = unknown> extends Watch {
  /** Carries the type of the answer; never there at run time. */
  declare readonly [answerType]?: Reply;
  readonly #server: Address;

  constructor(owner: Process, server: Address) {
    super();
    this.owner = owner;
    this.target = undefined;
    this.#server = server;
  }

  answer(reply: unknown): void {
    if (this.detach()) this.#tell({ kind: 'reply', reply });
  }

  down(reason: ExitReason): void {
    this.#tell({ kind: 'error', reason, server: this.#server });
  }

  /** Never armed: a request waits for ever. */
  fire(): void {}

  #tell(outcome: RequestOutcome): void {
    this.owner?.deliver(new ResponseMessage(this, outcome));
  }
}
