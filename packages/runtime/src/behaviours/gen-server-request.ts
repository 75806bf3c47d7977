import { checkFlag, checkOptions } from '../arguments.ts';
import { BadArgumentError, DeadProcessError } from '../errors.ts';
import { type Address, checkAddress } from '../name.ts';
import { CallMessage, checkRequest, checkTimeout } from '../process/call.ts';
import { PendingRequest, type RequestOutcome, ResponseMessage } from '../process/pending-request.ts';
import { Self } from '../process/self.ts';
import type { CallPayload, CallReply, CallsOf, PayloadArgument, Talkable } from './gen-server-module.ts';
import { type LabelledOutcome, type RequestId, RequestIdCollection } from './request-id-collection.ts';
import { ServerRef } from './server-ref.ts';

/** Nothing has come in time. */
export interface ResponseTimeout {
  readonly kind: 'timeout';
}

/** There is nothing in the collection that an answer could come for. */
export interface NoRequest {
  readonly kind: 'noRequest';
}

/** The message is no answer to this. */
export interface NoReply {
  readonly kind: 'noReply';
}

/** How an answer out of a collection is received. */
export interface CollectionOptions {
  /** In ms; for ever unless said. */
  readonly timeout?: number | 'infinity';
  /** Whether the request that is answered leaves the collection; yes unless said. */
  readonly delete?: boolean;
}

type Waiting<Reply> = Promise<RequestOutcome<Reply> | ResponseTimeout>;
type WaitingForAny<Reply, Label> = Promise<LabelledOutcome<Reply, Label> | ResponseTimeout | NoRequest>;
type Received = RequestOutcome | LabelledOutcome<unknown, unknown> | ResponseTimeout | NoRequest;
type WaitOptions = CollectionOptions | undefined;

function sendRequest<Server extends Talkable, Request extends CallsOf<Server>>(
  self: Self,
  server: ServerRef<Server>,
  request: Request,
  ...payload: PayloadArgument<CallPayload<Server, Request>>
): RequestId<CallReply<Server, Request>>;
function sendRequest(self: Self, server: Address, request: string, payload?: unknown): RequestId;
function sendRequest(
  self: Self,
  server: Address | ServerRef<Talkable>,
  request: string,
  payload?: unknown,
): RequestId {
  checkSelf(self);
  checkRequest(request);
  const { process } = self;
  if (!process.alive) throw new DeadProcessError(`${process.pid} has ended and cannot send a request`);
  const address = checkAddress(server instanceof ServerRef ? server.pid : server);
  const pending = new PendingRequest(process, address);
  const target = process.kernel.find(address);
  if (target === undefined) {
    pending.down('noproc');
    return pending;
  }
  pending.attach(target);
  target.deliver(new CallMessage('call', pending, request, payload));
  return pending;
}

function waitResponse<Reply>(self: Self, request: RequestId<Reply>, options?: WaitOptions): Waiting<Reply>;
function waitResponse<Reply, Label>(
  self: Self,
  requests: RequestIdCollection<Reply, Label>,
  options?: WaitOptions,
): WaitingForAny<Reply, Label>;
function waitResponse(
  self: Self,
  what: RequestId | RequestIdCollection,
  options?: WaitOptions,
): Promise<Received> {
  return receive(self, what, options, false);
}

function receiveResponse<Reply>(self: Self, request: RequestId<Reply>, options?: WaitOptions): Waiting<Reply>;
function receiveResponse<Reply, Label>(
  self: Self,
  requests: RequestIdCollection<Reply, Label>,
  options?: WaitOptions,
): WaitingForAny<Reply, Label>;
function receiveResponse(
  self: Self,
  what: RequestId | RequestIdCollection,
  options?: WaitOptions,
): Promise<Received> {
  return receive(self, what, options, true);
}

async function receive(
  self: Self,
  what: RequestId | RequestIdCollection,
  options: CollectionOptions = {},
  giveUp: boolean,
): Promise<Received> {
  checkSelf(self);
  const { timeout = 'infinity', delete: remove = true } = checkCollectionOptions(options);
  checkTimeout(timeout);
  const isAbout = matcher(what, self);
  if (what instanceof RequestIdCollection && what.size === 0) return { kind: 'noRequest' };
  const message = await self.receive<ResponseMessage>({ match: isAbout, timeout });
  if (message !== undefined)
    return what instanceof RequestIdCollection ? what.open(message, remove) : message.outcome;
  if (giveUp) what.detach();
  return { kind: 'timeout' };
}

function checkResponse<Reply>(message: unknown, request: RequestId<Reply>): RequestOutcome<Reply> | NoReply;
function checkResponse<Reply, Label>(
  message: unknown,
  requests: RequestIdCollection<Reply, Label>,
  options?: Pick<CollectionOptions, 'delete'>,
): LabelledOutcome<Reply, Label> | NoReply | NoRequest;
function checkResponse(
  message: unknown,
  what: RequestId | RequestIdCollection,
  options: Pick<CollectionOptions, 'delete'> = {},
): RequestOutcome | LabelledOutcome<unknown, unknown> | NoReply | NoRequest {
  const { delete: remove = true } = checkCollectionOptions(options);
  const isAbout = matcher(what);
  if (what instanceof RequestIdCollection) {
    if (what.size === 0) return { kind: 'noRequest' };
    return what.isAbout(message) ? what.open(message, remove) : { kind: 'noReply' };
  }
  return isAbout(message) ? message.outcome : { kind: 'noReply' };
}

function matcher(what: unknown, self?: Self): (message: unknown) => message is ResponseMessage {
  if (what instanceof RequestIdCollection)
    return (message): message is ResponseMessage => what.isAbout(message);
  if (!(what instanceof PendingRequest))
    throw BadArgumentError.of('the request', 'a request id or a collection of them', what);
  if (self !== undefined && what.owner !== self.process)
    throw new BadArgumentError('the request was sent by another process, which alone gets the answer');
  return (message): message is ResponseMessage =>
    message instanceof ResponseMessage && message.request === what;
}

function checkCollectionOptions(options: CollectionOptions): CollectionOptions {
  checkFlag('delete', checkOptions('a wait for a request', options, ['timeout', 'delete']).delete);
  return options;
}

function checkSelf(self: unknown): void {
  if (!(self instanceof Self)) throw BadArgumentError.of('self', 'the Self of a process', self);
}

/** Requests whose answers come as messages: the part of `GenServer` that sends them and receives what they come to. */
export const requestFunctions = {
  /**
   * Sends a call and does not wait: its answer comes to the process' mailbox, and so does the end of the server. For a
   * server that goes on with its work meanwhile (`checkResponse` in `handleInfo`), and for many requests at once. Where a
   * promise will do, `ref.call` is shorter. OTP: `gen_server:send_request/2`.
   *
   * @example
   * ```ts
   * const runtime = new Runtime();
   * const doubler = defineServer({ init: () => null, handleCall: { double: (n: number) => reply(2 * n) } });
   * const server = await GenServer.start(runtime, doubler, undefined);
   * const script = runtime.spawn(async (self) => {
   *   const request = GenServer.sendRequest(self, server, 'double', 21);
   *   console.log(await GenServer.receiveResponse(self, request)); // prints: { kind: 'reply', reply: 42 }
   * });
   * await runtime.ended(script); // => 'normal'
   * ```
   */
  sendRequest,

  /**
   * Waits for what a request, or the first of several, comes to; for ever unless a timeout is said. After `timeout` the
   * request is still good, and can be waited for again. What has been received does not come a second time. Of an empty
   * collection the answer is `noRequest`. OTP: `gen_server:wait_response/2,3`.
   */
  waitResponse,

  /**
   * As `waitResponse`, but when the time is up the request, or all of the collection, is given up: its answer vanishes.
   * OTP: `gen_server:receive_response/2,3`.
   */
  receiveResponse,

  /**
   * Whether a message that has come, to `handleInfo` say, is what a request or one of several has come to; `noReply` if it
   * is anything else. OTP: `gen_server:check_response/2,3`.
   */
  checkResponse,

  /** An empty collection of requests. OTP: `gen_server:reqids_new/0`. */
  reqidsNew<Reply = unknown, Label = unknown>(): RequestIdCollection<Reply, Label> {
    return new RequestIdCollection();
  },

  /** Puts a request into the collection, under a label. One that is in it already is an error. */
  reqidsAdd<Reply, Label>(
    request: RequestId<NoInfer<Reply>>,
    label: NoInfer<Label>,
    requests: RequestIdCollection<Reply, Label>,
  ): RequestIdCollection<Reply, Label> {
    matcher(request);
    requests.add(request, label);
    return requests;
  },

  /** How many requests there are. */
  reqidsSize(requests: RequestIdCollection): number {
    return requests.size;
  },

  /** The requests with their labels, in the order they were added. */
  reqidsToList<Reply, Label>(requests: RequestIdCollection<Reply, Label>): [RequestId<Reply>, Label][] {
    return [...requests];
  },
};
