export { deriveKey } from './derive-key.ts';
export { createMemorySessions } from './memory-sessions.ts';
export type {
  ChainCheck,
  EventQuery,
  EventStore,
  NewToken,
  TokenRecord,
  TokenStore,
  UserFields,
  UserRecord,
  UserStore,
} from './admin.ts';
export type { Storage } from './storage.ts';
export { loadMasterKey } from './master-key.ts';
export type { LoadedMasterKey, MasterKeySource } from './master-key.ts';
export { createSecretBox } from './secret-box.ts';
export type { SecretBox } from './secret-box.ts';
export { StorageError } from './storage-error.ts';
export type { StorageErrorCode } from './storage-error.ts';
export { openSqliteStorage } from './sqlite/open.ts';
export type { SqliteDeps, SqliteOptions } from './sqlite/open.ts';
