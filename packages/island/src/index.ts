export type { AcceptorChoice } from './acceptor-choice.ts';
export type { Alarm, AlarmOptions } from './alarm-options.ts';
export type { CountOperator } from './count-operator.ts';
export { takeSocket } from './custom-connection.ts';
export type { DrainOptions } from './drain-options.ts';
export {
  AdoptedDescriptorError,
  BadOptionError,
  CertificateError,
  type CertificateProblem,
  FrameTooLargeError,
  HandshakeError,
  type HandshakeFailure,
  IslandError,
  type IslandErrorCode,
  ListenerClosedError,
  ListenFailedError,
  LoggerAttachedError,
  NoActivationError,
  ProxyProtocolError,
  type ProxyRejection,
  RecvTimeoutError,
  SendfileError,
  SendOverflowError,
  SendTimeoutError,
  ServerRunningError,
  SocketBusyError,
  SocketClosedError,
  SocketError,
  UnsupportedUpgradeError,
} from './errors.ts';
export type {
  AcceptFailed,
  AcceptorEvent,
  AcceptorStarted,
  AcceptorStopped,
  ConnectionEvent,
  ConnectionReady,
  ConnectionRefused,
  ConnectionStarted,
  ConnectionStopped,
  DataReceived,
  DataSent,
  DescriptorsShort,
  Drained,
  DrainReport,
  FileRange,
  FileSent,
  IslandEventMap,
  IslandEventName,
  IslandEvents,
  ListenerEvent,
  ListenerStarted,
  ListenerStopped,
  RecvFailed,
  SendFailed,
  SendfileFailed,
  ServerStatus,
  SocketShutdown,
  SpanEvent,
  SpanStopped,
  SpawnFailed,
  StatusChanged,
} from './events.ts';
export { islandEvents } from './events.ts';
export type { FramingOptions, Packet } from './framing/framing.ts';
export { type AnyHandler, defineHandler, type Handler, type HandlerInit } from './handler.ts';
export {
  CloseResult,
  type ContinueOptions,
  ContinueResult,
  close,
  continueAs,
  continueWith,
  ErrorResult,
  error,
  type HandlerResult,
  type SwitchOptions,
  SwitchTransportResult,
  switchTransport,
  switchTransportWith,
} from './handler-result.ts';
export type { PostListen } from './listen-options.ts';
export type { ListenerInfo } from './listener.ts';
export type { LiveOptions } from './live-options.ts';
export type { LogLevel } from './log-entries.ts';
export { Logger, type LogSink } from './logger.ts';
export type { RecvOptions } from './pending-recv.ts';
export {
  encodeProxyHeaderV1,
  encodeProxyHeaderV2,
  type ProxyAddressInput,
  type ProxyHeaderInput,
  type ProxyHeaderV2Options,
} from './proxy/encode-header.ts';
export type {
  ProxyAddress,
  ProxyDetails,
  ProxyHeader,
  ProxyIpAddress,
  ProxySsl,
  ProxyTlv,
  ProxyTransport,
  ProxyUnixAddress,
} from './proxy/proxy-header.ts';
export {
  ProxyHeaderReader,
  type ProxyReaderOptions,
  type ProxyReading,
  parseProxyHeader,
} from './proxy/proxy-header-reader.ts';
export { TrustedSources } from './proxy/trusted-sources.ts';
export type { ProxyProtocolMode, ProxyProtocolOptions } from './proxy-options.ts';
export { RunningServer } from './running-server.ts';
export type { SendfileOptions, SendfileSource } from './sendfile.ts';
export type { SendData } from './sending.ts';
export type { AcceptorInfo, ServerInfo } from './server-info.ts';
export type { HandlerOptionsOf, ServerOptions, Timeout } from './server-options.ts';
export { Socket } from './socket.ts';
export { formatAddress } from './socket-address.ts';
export type { SocketOptions } from './socket-options.ts';
export type { Span, SpanKind } from './span.ts';
export { type Activation, type SystemdDescriptor, systemd, systemdDescriptors } from './systemd.ts';
export { type StopServerResult, ThousandIsland } from './thousand-island.ts';
export type {
  ListenHandle,
  ListenOptions,
  ListenWatcher,
  RawSocket,
  SocketAddress,
  SocketOwner,
  SocketStatistics,
  Transport,
  UnixPlace,
} from './transport.ts';
export type { ClientHello, TlsVersion } from './transports/client-hello.ts';
export { tcp } from './transports/tcp.ts';
export { TlsTransport, tls } from './transports/tls.ts';
export type { TlsInformation } from './transports/tls-information.ts';
export type {
  CertificateSource,
  ClientHelloAnswer,
  HandshakeOptions,
  Pem,
  TlsChanges,
  TlsIdentity,
  TlsOptions,
} from './transports/tls-options.ts';
