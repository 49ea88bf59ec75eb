import { expect, it } from 'vitest';
import type { CodeClaim } from '../../../src/access/index.ts';
import { openSqliteStorage } from '../../../src/storage/index.ts';
import { event } from '../../contract/storage.ts';
import { openTestStore, sqliteDeps } from './sqlite-store.ts';

it('a code is spent once by two servers on one database, or revoked by a command, never both', async () => {
  const store = await openTestStore();
  const one = store.storage;
  const other = await openSqliteStorage({ file: store.file }, sqliteDeps());
  const { id: userId } = await one.users.addUser('alice', {});
  const digest = one.codeDigest(userId, 'ABCDE-12345');
  expect(other.codeDigest(userId, 'abcde12345')).toEqual(digest);
  const claimNew = async (): Promise<CodeClaim> => {
    const { id } = await one.codes.addCode({ userId, kind: 'backup', digest, label: '', expiresAtMs: 0 });
    const replayed = event('reject', 'passcode-replayed');
    const locked = event('reject', 'locked-out');
    return { userId, codeId: id, accepted: event('accept', 'both-doors'), replayed, locked };
  };
  for (let round = 0; round < 5; round += 1) {
    const claim = await claimNew();
    const outcomes = await Promise.all([one, other, one, other].map(({ ledger }) => ledger.spendCode(claim)));
    expect(outcomes.filter((outcome) => outcome === 'spent')).toHaveLength(1);

    const revoked = await claimNew();
    const spending = other.ledger.spendCode(revoked);
    const revoking = one.codes.deleteCode(revoked.codeId, 'backup').then(
      () => true,
      () => false,
    );
    expect([(await spending) === 'spent', await revoking].filter(Boolean)).toHaveLength(1);
  }
  await other.close();
  await store.remove();
});
