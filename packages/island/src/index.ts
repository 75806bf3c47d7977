export {
  BadOptionError,
  FrameTooLargeError,
  HandshakeError,
  type HandshakeFailure,
  IslandError,
  type IslandErrorCode,
  ListenFailedError,
  ProxyProtocolError,
  type ProxyRejection,
  RecvTimeoutError,
  SendOverflowError,
  SendTimeoutError,
  SocketBusyError,
  SocketClosedError,
  SocketError,
  UnsupportedUpgradeError,
} from './errors.ts';
export type {
  ConnectionRefused,
  ConnectionStarted,
  ConnectionStopped,
  Drained,
  DrainReport,
  IslandEventMap,
  IslandEventName,
  IslandEvents,
  ListenerStarted,
  ListenerStopped,
  SpawnFailed,
} from './events.ts';
export { islandEvents } from './events.ts';
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
export type { ListenerInfo } from './listener.ts';
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
export { RunningServer, type ServerInfo } from './running-server.ts';
export type { SendData } from './sending.ts';
export type { ServerOptions, Timeout } from './server-options.ts';
export { Socket } from './socket.ts';
export { ThousandIsland } from './thousand-island.ts';
export type {
  ListenHandle,
  ListenOptions,
  RawSocket,
  SocketAddress,
  SocketStatistics,
  Transport,
} from './transport.ts';
export { tcp } from './transports/tcp.ts';
