export type * from './config.ts';
export { processEnvironment } from './environment.ts';
export type { Environment } from './environment.ts';
