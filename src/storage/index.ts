export { deriveKey } from './derive-key.ts';
export { createMemorySessions } from './memory-sessions.ts';
export type {
  ChainCheck,
  CodeQuery,
  CodeRecord,
  CodeStore,
  DeliveryQuery,
  DeliveryStore,
  EventQuery,
  EventStore,
  NewCode,
  NewPushToken,
  NewToken,
  PasscodeTokenRecord,
  PushTokenRecord,
  RecordedDelivery,
  Removed,
  TokenRecord,
  TokenState,
  TokenStore,
  UserFields,
  UserRecord,
  UserStore,
} from './admin.ts';
export type {
  BlockRecord,
  BlockStore,
  NewBlock,
  OpeningStore,
  RememberedRecord,
  RememberedStore,
} from './limit-stores.ts';
export type { DirectoryUser, Kept, PeopleStore } from './people-store.ts';
export type { Storage } from './storage.ts';
export type { TokenImport, TokenImportOutcome, TokenVault, VaultToken } from './token-vault.ts';
export { loadMasterKey } from './master-key.ts';
export type { LoadedMasterKey, MasterKeySource } from './master-key.ts';
export { createSecretBox } from './secret-box.ts';
export type { SecretBox } from './secret-box.ts';
export { StorageError } from './storage-error.ts';
export type { StorageErrorCode } from './storage-error.ts';
export { belongsToMasterKey } from './sqlite/key-check.ts';
export { openSqliteStorage } from './sqlite/open.ts';
export type { SqliteDeps, SqliteOptions } from './sqlite/open.ts';
