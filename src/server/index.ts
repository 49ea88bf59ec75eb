export { dropCauses } from './drop.ts';
export type { DropReason } from './drop.ts';
export { ServerError } from './error.ts';
export type { ServerErrorCode } from './error.ts';
export type { DumpPacket } from './exchange.ts';
export type { BoundAddress } from './listener.ts';
export { createServer } from './server.ts';
export type { Server, ServerDeps, ServerOptions } from './server.ts';
