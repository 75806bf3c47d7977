import './shapes.ts';

export { Agent, type AgentInit, AgentRef } from './behaviours/agent.ts';
export type { EnterLoopOptions, StateOf } from './behaviours/enter-loop.ts';
export { GenServer, type ServerStartOptions } from './behaviours/gen-server.ts';
export {
  type AnyServer,
  type Awaitable,
  type CallReply,
  type CallReturn,
  defineServer,
  type GenServerModule,
  type InfoReturn,
  type ServerView,
} from './behaviours/gen-server-module.ts';
export type {
  CollectionOptions,
  NoReply,
  NoRequest,
  ResponseTimeout,
} from './behaviours/gen-server-request.ts';
export {
  type After,
  IgnoreResult,
  ignore,
  NoReplyResult,
  noReply,
  OkResult,
  ok,
  ReplyResult,
  reply,
  StopResult,
  stateAfter,
  stop,
  stopWithReply,
} from './behaviours/gen-server-result.ts';
export type { MultiCallOutcome } from './behaviours/multi-call.ts';
export { pg } from './behaviours/pg.ts';
export type { LabelledOutcome, RequestId, RequestIdCollection } from './behaviours/request-id-collection.ts';
export { ServerRef, type StopOptions } from './behaviours/server-ref.ts';
export { sys } from './behaviours/sys.ts';
export type {
  DebugFunction,
  DebugInstall,
  DebugOptions,
  ServerStatistics,
} from './behaviours/sys-debug.ts';
export type { SystemEvent } from './behaviours/sys-event.ts';
export type { CodeChange, ServerStatus } from './behaviours/system-message.ts';
export { type Clock, type ClockAlarm, systemClock } from './clock.ts';
export {
  BadArgumentError,
  BadReturnError,
  CallAbortedError,
  CallCycleError,
  CallExitError,
  CallSelfError,
  CallTimeoutError,
  DeadProcessError,
  NameTakenError,
  NoCatchError,
  NoProcessError,
  NotSuspendedError,
  OF_THE_END,
  OtpError,
  type OtpErrorCode,
  StartFailedError,
  TimeoutError,
  UndefinedCallbackError,
} from './errors.ts';
export { EventBus, type EventTopic, type EventTopics } from './event-bus.ts';
export {
  type AnyEventHandler,
  defineEventHandler,
  type EventHandler,
  type EventReturn,
  type HandlerCallReturn,
  type HandlerEnd,
  HandlerExitMessage,
  type HandlerRef,
  type SwappedReason,
} from './event-manager/event-handler.ts';
export {
  RemoveHandlerResult,
  removeHandler,
  removeHandlerWithReply,
  SwapHandlerResult,
  type SwapPlan,
  swapHandler,
  swapHandlerWithReply,
} from './event-manager/event-handler-result.ts';
export {
  type DeleteHandlerResult,
  EventManager,
  type EventManagerAddress,
  type EventManagerPid,
  type HandlerCallResult,
  type HandlerResult,
} from './event-manager/event-manager.ts';
export type {
  CallbackFailed,
  ChildStarted,
  HandlerFailed,
  MessageUnhandled,
  ProcessCrashed,
  ProcessExited,
  ProcessSpawned,
  RuntimeEventMap,
  RuntimeEventName,
  RuntimeEvents,
  ServerTraced,
  SupervisorReport,
} from './events.ts';
export {
  type ExitReason,
  isCleanExit,
  isShutdown,
  type ShutdownReason,
} from './exit-reason.ts';
export { formatExitReason } from './exit-reason-text.ts';
export { format, type TreeFormat } from './inspect/format.ts';
export { formatReport, type ReportFormat } from './inspect/format-report.ts';
export { inspect } from './inspect/inspect.ts';
export type { TreeNode } from './inspect/tree.ts';
export {
  type Address,
  type Name,
  type NameKeeper,
  type NameScope,
  type ProcessName,
  Via,
  via,
} from './name.ts';
export { Pid } from './pid.ts';
export type { Destination } from './process/alias.ts';
export type { CallOptions, From } from './process/call.ts';
export type { CancelTimerOptions, ReadTimerOptions } from './process/cancel-timer.ts';
export type { Code, MessageReceiver, Script } from './process/code-program.ts';
export { Deadline } from './process/deadline.ts';
export {
  CancelTimerMessage,
  DownMessage,
  ExitMessage,
  GroupMessage,
  ReadTimerMessage,
  TaggedDownMessage,
  TimeoutMessage,
} from './process/message.ts';
export { type RequestOutcome, ResponseMessage } from './process/pending-request.ts';
export type { Resource } from './process/process.ts';
export type { ProcessInfo, ProcessInfoItem, ProcessInfoItems } from './process/process-info.ts';
export type { ChildDescription, ProgramDescription } from './process/program.ts';
export { Receiver } from './process/receiver.ts';
export { Self } from './process/self.ts';
export type { TimerOptions } from './process/send-timer.ts';
export type { StartOptions, StartResult } from './process/start.ts';
export type { MonitorOptions } from './process/watch.ts';
export { Ref } from './ref.ts';
export {
  type RegisterResult,
  Registry,
  type RegistryEntry,
  type RegistryRecord,
  type UpdateResult,
} from './registry/registry.ts';
export { RegistryMessage } from './registry/registry-message.ts';
export type { RegistryOptions } from './registry/registry-options.ts';
export type { RegistryKeys } from './registry/registry-table.ts';
export { type Host, Runtime, type RuntimeOptions } from './runtime.ts';
export { agentSpec } from './supervisor/agent-spec.ts';
export type { ChildCounts } from './supervisor/child-counts.ts';
export {
  type ChildOptions,
  type ChildSpec,
  type DynamicChildSpec,
  type ResolvedChildSpec,
  type Restart,
  type Shutdown,
  type Started,
  serverSpec,
  serversSpec,
} from './supervisor/child-spec.ts';
export { DynamicSupervisor } from './supervisor/dynamic-supervisor.ts';
export type { DynamicSupervisorOptions } from './supervisor/dynamic-supervisor-init.ts';
export type { PartitionKey } from './supervisor/partition-key.ts';
export { PartitionSupervisor, type PartitionSupervisorOptions } from './supervisor/partition-supervisor.ts';
export type { Strategy } from './supervisor/restart-plan.ts';
export { Supervisor } from './supervisor/supervisor.ts';
export type { SupervisorInitFunction, SupervisorOptions } from './supervisor/supervisor-init.ts';
export type { AutoShutdown, IntensityOptions } from './supervisor/supervisor-options.ts';
export type { ChildResult, StartChildResult } from './supervisor/supervisor-server.ts';
export { AsyncTask, TaskMessage, type TaskWaitOptions } from './task/async-task.ts';
export type { YieldManyOptions } from './task/many-tasks.ts';
export type { TaskStreamResult } from './task/stream-crew.ts';
export type { StreamInput } from './task/stream-input.ts';
export type { TaskStreamOptions } from './task/stream-options.ts';
export { Task, taskSpec } from './task/task.ts';
export type { TaskFunction } from './task/task-program.ts';
export type { TaskStream } from './task/task-stream.ts';
export {
  type StartTaskOptions,
  type SupervisedTaskOptions,
  TaskSupervisor,
  type TaskSupervisorOptions,
} from './task/task-supervisor.ts';
export type { TaskResult } from './task/task-watch.ts';
