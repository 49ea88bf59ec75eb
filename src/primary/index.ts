export { createNonePrimary } from './none.ts';
export type { Credentials, HomeServerConversation, Primary, PrimaryRequest, PrimaryResult } from './primary.ts';
