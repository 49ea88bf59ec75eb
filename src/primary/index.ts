export { createAccountingRelay } from './accounting-relay.ts';
export { createLocalPrimary, hashPassword, verifyPassword } from './local.ts';
export type { LocalPrimaryDeps, LocalPrimaryOptions } from './local.ts';
export { openDirectory } from './directory-tools.ts';
export type { DirectoryTools, PeopleKeeper, ServerTrial, SyncReport } from './directory-tools.ts';
export { createLdapPrimary, withDirectory } from './ldap.ts';
export type { LdapDeps, LdapOptions, ReadPhone } from './ldap.ts';
export { createNonePrimary } from './none.ts';
export { createPinVerifier } from './pin.ts';
export type { VerifyPin } from './pin.ts';
export type {
  ChapCredentials,
  Credentials,
  EapConversation,
  EapCredentials,
  HomeServerConversation,
  MsChapCredentials,
  PasswordChange,
  PasswordChangeResult,
  Person,
  PersonLookup,
  Primary,
  PrimaryRequest,
  PrimaryResult,
} from './primary.ts';
export { connectInTls } from './home-server/tls-connect.ts';
export type { TlsConnection } from './home-server/tls-connect.ts';
export { createRadiusPrimary } from './radius.ts';
export type { RadiusPrimaryDeps, RadiusPrimaryOptions } from './radius.ts';
