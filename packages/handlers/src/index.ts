export { type DaytimeOptions, daytime } from './daytime.ts';
export { echo } from './echo.ts';
export { type HttpHelloWorldOptions, httpHelloWorld } from './http-hello-world.ts';
export { type MessengerEvent, type MessengerOptions, messenger } from './messenger.ts';
