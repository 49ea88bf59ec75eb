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
