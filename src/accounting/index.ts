export { createAccount } from './account.ts';
export type { Account, AccountDeps, AccountingOutcome, AccountingRequest, AccountingSettings } from './account.ts';
export { createAccountingQueue } from './queue.ts';
export type { AccountingQueue } from './queue.ts';
export type { AccountingRelay, RelayedRecord } from './relay.ts';
export { noticeOf } from './session.ts';
export type { AccountingNotice, LiveSession, SessionChange } from './session.ts';
export type { AccountingChange, AccountingStore, QueuedRecord, SessionQuery } from './store.ts';
