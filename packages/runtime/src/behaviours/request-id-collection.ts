import { BadArgumentError } from '../errors.ts';
import type { PendingRequest, RequestOutcome } from '../process/pending-request.ts';
import { ResponseMessage } from '../process/pending-request.ts';

/** A request that was sent and whose answer is still to be received. OTP: `request_id()`. */
export type RequestId<Reply = unknown> = PendingRequest<Reply>;

/** What one of several requests has come to, and the label it was kept under. */
export type LabelledOutcome<Reply, Label> = RequestOutcome<Reply> & { readonly label: Label };

// A key that nobody else has: the member that carries a type is offered to nobody.
declare const answerType: unique symbol;

/** Requests that are kept together, each with a label that says what it is about. OTP: `request_id_collection()`. */
export class RequestIdCollection<Reply = unknown, Label = unknown> {
  readonly #labels = new Map<PendingRequest, Label>();
  /** Carries the type of the answers; never there at run time. */
  declare readonly [answerType]?: Reply;

  /** How many requests there are. */
  get size(): number {
    return this.#labels.size;
  }

  /** The requests with their labels, in the order they were added. */
  [Symbol.iterator](): IterableIterator<[RequestId<Reply>, Label]> {
    return this.#labels.entries() as IterableIterator<[RequestId<Reply>, Label]>;
  }

  /** @internal */
  add(request: RequestId<Reply>, label: Label): void {
    if (this.#labels.has(request))
      throw BadArgumentError.of('the request', 'one that is not in the collection', request);
    this.#labels.set(request, label);
  }

  /** @internal Whether an outcome is one of these requests'. */
  isAbout(message: unknown): message is ResponseMessage {
    return message instanceof ResponseMessage && this.#labels.has(message.request);
  }

  /** @internal The outcome with its label. */
  open({ request, outcome }: ResponseMessage, remove: boolean): LabelledOutcome<Reply, Label> {
    const label = this.#labels.get(request) as Label;
    if (remove) this.#labels.delete(request);
    return { ...(outcome as RequestOutcome<Reply>), label };
  }

  /** @internal Gives all requests up. */
  detach(): void {
    for (const request of this.#labels.keys()) request.detach();
  }
}
