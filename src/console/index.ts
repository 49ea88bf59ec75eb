export type { MountedCallback } from './callbacks.ts';
export { createConsole } from './console.ts';
export type { Console, ConsoleDeps, ConsoleOptions, MetricsSource } from './console.ts';
export { ConsoleError } from './error.ts';
export type { ConsoleErrorCode } from './error.ts';
export type { ReadinessCheck } from './readiness.ts';
