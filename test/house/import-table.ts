/** What one room may import from others. */
export interface ImportRule {
  /** Rooms whose code runs for this one. */
  readonly code: readonly string[];
  /** Rooms whose types alone are known here: nothing of them is loaded. */
  readonly types: readonly string[];
}

/**
 * Which room may import which; `lib` is everyone's. Interfaces stand with their caller, and what implements them
 * imports the type: that is why `storage` knows the types of those who store.
 */
export const importTable: Readonly<Record<string, ImportRule>> = {
  lib: { code: [], types: [] },
  radius: { code: [], types: [] },
  factors: { code: [], types: [] },
  gateways: { code: [], types: ['config', 'factors'] },
  config: { code: [], types: [] },
  console: { code: [], types: ['factors'] },
  policy: { code: [], types: ['factors', 'radius'] },
  primary: { code: ['radius'], types: ['access', 'accounting', 'config'] },
  challenge: { code: [], types: ['factors', 'primary', 'radius'] },
  access: { code: ['policy', 'radius'], types: ['challenge', 'factors', 'primary'] },
  accounting: { code: ['radius'], types: [] },
  server: { code: ['radius'], types: ['access', 'accounting', 'config'] },
  storage: { code: [], types: ['access', 'accounting', 'challenge', 'factors', 'primary', 'radius'] },
  cli: {
    code: ['access', 'accounting', 'config', 'factors', 'gateways', 'policy', 'primary', 'radius', 'storage'],
    types: ['challenge', 'console', 'server'],
  },
};

/** Files beside the rooms: they may import every door, and only these may import them. */
export const compositionRoot: Readonly<Record<string, readonly string[]>> = {
  'src/administration.ts': ['src/http.ts'],
  'src/limit-administration.ts': ['src/administration.ts'],
  'src/end-sessions.ts': ['src/http.ts', 'src/cli/disconnect.ts', 'src/cli/ended-sessions.ts'],
  'src/alerts.ts': ['src/watch.ts'],
  'src/watch.ts': ['src/app.ts'],
  'src/settings.ts': ['src/app.ts'],
  'src/http.ts': ['src/app.ts'],
  'src/accounting.ts': ['src/app.ts'],
  'src/primaries.ts': ['src/app.ts'],
  'src/directories.ts': ['src/primaries.ts'],
  'src/second-doors.ts': ['src/delivery.ts'],
  'src/delivery.ts': ['src/outside.ts'],
  'src/outside.ts': ['src/app.ts', 'src/delivery.ts', 'src/watch.ts'],
  'src/policies.ts': ['src/app.ts', 'src/cli/policy-explain.ts', 'src/cli/configuration.ts'],
  'src/app.ts': ['src/cli/serve.ts', 'src/cli/demo.ts'],
  'src/main.ts': [],
};

/** Packages that belong to one room: what they are for is said nowhere else. */
export const packageRooms: Readonly<Record<string, readonly string[]>> = {
  '@inquirer/prompts': ['cli'],
  'cli-progress': ['cli'],
  'cli-table3': ['cli'],
  'csv-parse': ['cli'],
  'csv-stringify': ['cli'],
  'dgram-as-promised': ['cli', 'primary', 'server'],
  'fast-xml-parser': ['cli'],
  fastify: ['console'],
  'js-md4': ['radius'],
  kysely: ['storage'],
  ldapts: ['primary'],
  'libphonenumber-js': ['gateways'],
  'lru-cache': ['lib'],
  nodemailer: ['gateways'],
  otplib: ['factors'],
  pino: ['lib'],
  'pino-pretty': ['lib'],
  'prom-client': ['lib'],
  qrcode: ['cli', 'console'],
  smpp: ['gateways'],
  'web-push': ['gateways'],
  ws: ['gateways'],
  yaml: ['config'],
  yargs: ['cli'],
  zod: ['config', 'console'],
};

/** Dependencies that no file of the program loads, and why they are there all the same. */
export const unloadedPackages: Readonly<Record<string, string>> = {};

/**
 * Names that reach outside the program. A pure file loads nothing that uses one, also not by way of `lib`.
 * `node:net` is there for its sockets; to look at an address is pure.
 */
export const impureModules: Readonly<Record<string, { readonly except: readonly string[] }>> = {
  'node:child_process': { except: [] },
  'node:dgram': { except: [] },
  'node:dns': { except: [] },
  'node:fs': { except: [] },
  'node:fs/promises': { except: [] },
  'node:http': { except: [] },
  'node:net': { except: ['isIP', 'isIPv4', 'isIPv6', 'SocketAddress'] },
  'node:os': { except: [] },
  'node:timers': { except: [] },
  'node:timers/promises': { except: [] },
  'node:tls': { except: [] },
  'node:worker_threads': { except: [] },
  'dgram-as-promised': { except: [] },
  pino: { except: [] },
  'src/lib/clock.ts': { except: [] },
  'src/lib/logger.ts': { except: [] },
  'src/lib/pino-logger.ts': { except: [] },
};

/** Who may ask the world for what every other file is handed; `src/main.ts`, where the program begins, may as well. */
export const owners: readonly { readonly of: string; readonly pattern: RegExp; readonly files: readonly string[] }[] = [
  {
    of: 'the time',
    pattern: /\b(Date\.now|new Date\(\)|performance\.now|setTimeout\(|setInterval\()/,
    // Snapshots of the store end by the machine’s own timer, which a clock that stands still must not stop.
    files: ['src/lib/clock.ts', 'src/storage/sqlite/snapshot.ts'],
  },
  {
    of: 'chance',
    pattern: /\b(Math\.random|randomBytes|randomInt|randomUUID|randomFillSync|getRandomValues)\b/,
    // otplib's interface for a plugin has a place for it; nothing calls that.
    files: ['src/lib/random.ts', 'src/factors/passcode.ts'],
  },
  { of: 'the environment', pattern: /\bprocess\.env\b/, files: ['src/config/environment.ts'] },
];

/** What has to be pure: files, or folders that end with `/`. */
export const pureFiles: readonly string[] = ['src/radius/', 'src/policy/', 'src/challenge/machine.ts'];

/** Files of pure rooms that are not, and why. */
export const impureFiles: Readonly<Record<string, string>> = {
  'src/radius/dictionary/load.ts': 'reads the dictionary files; the rest is handed their text',
};
