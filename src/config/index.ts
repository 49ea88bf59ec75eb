export type * from './config.ts';
export { processEnvironment } from './environment.ts';
export type { Environment } from './environment.ts';
export { loadConfig, parseConfig } from './load.ts';
export type { LoadResult } from './load.ts';
export { formatProblem } from './problem.ts';
export type { Problem } from './problem.ts';
export type { GeneratedSecret, SecretSources } from './secrets.ts';
