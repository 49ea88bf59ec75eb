import { hostname } from 'node:os';

/** What the configuration takes from its surroundings. */
export interface Environment {
  /** Environment variables, for `{ env: NAME }` secrets. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The machine's name, where `server.id` is not set. */
  readonly hostname: string;
}

/** The surroundings of this process. */
export function processEnvironment(): Environment {
  return { env: process.env, hostname: hostname() };
}
