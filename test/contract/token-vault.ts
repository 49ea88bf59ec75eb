import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TokenImport } from '../../src/storage/index.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { StoreUnderTest } from './storage.ts';

/** What every store promises of tokens that come and go with their secrets. */
export function tokenVaultContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`token vault ${name}`, () => {
    let store: StoreUnderTest;

    beforeEach(async () => {
      store = await open();
    });

    afterEach(() => store.remove());

    const token = (serial: string, username: string, fields: Partial<TokenImport> = {}): TokenImport => ({
      username,
      type: 'totp',
      serial,
      secret: Secret.fromText(`secret of ${serial}`),
      digits: 6,
      algorithm: 'sha1',
      periodSeconds: 30,
      nextCounter: 0,
      ...fields,
    });
    const imported = (tokens: readonly TokenImport[], mayCreateUsers = true) =>
      store.storage.vault.importTokens(tokens, { mayCreateUsers });

    it('imports tokens for users who are there and makes those who are not', async () => {
      await store.storage.users.addUser('alice', {});
      expect(await imported([token('A', 'ALICE'), token('B', 'Zoë'), token('C', 'zoë')])).toEqual([
        { kind: 'imported', isUserNew: false },
        { kind: 'imported', isUserNew: true },
        { kind: 'imported', isUserNew: false },
      ]);
      const users = await store.storage.users.listUsers();
      expect(users.map((user) => [user.name, user.tokenCount])).toEqual([
        ['alice', 1],
        ['Zoë', 2],
      ]);
    });

    it('gives them back with their secrets, of one user or of all, also after a restart', async () => {
      await imported([token('B', 'bob', { type: 'hotp', nextCounter: 7 }), token('A', 'alice')]);
      const { vault } = await store.reopen();
      const all = await vault.exportTokens();
      expect(all.map(({ serial, username }) => [serial, username])).toEqual([
        ['A', 'alice'],
        ['B', 'bob'],
      ]);
      expect(await vault.exportTokens('BOB')).toMatchObject([
        { serial: 'B', type: 'hotp', lastCounter: 6, isEnabled: true },
      ]);
      expect((await vault.findToken('B'))?.secret.reveal().toString()).toBe('secret of B');
      expect(await vault.findToken('C')).toBeUndefined();
    });

    it('refuses what does not fit, and keeps neither its user nor anything else of it', async () => {
      await imported([token('A', 'alice')]);
      const outcomes = await imported([
        token('B', 'bob'),
        token('A', 'carol'),
        token('B', 'bob'),
        token('C\u0007', 'dave'),
        token('D', ' '),
        token('E', 'eve'),
      ]);
      expect(outcomes.map((outcome) => (outcome.kind === 'refused' ? outcome.code : 'imported'))).toEqual([
        'imported',
        'serial-exists',
        'serial-exists',
        'serial-invalid',
        'user-name-invalid',
        'imported',
      ]);
      const users = await store.storage.users.listUsers();
      expect(users.map((user) => user.name)).toEqual(['alice', 'bob', 'eve']);
    });

    it('makes no users unless told to', async () => {
      expect(await imported([token('A', 'alice')], false)).toMatchObject([{ kind: 'refused', code: 'user-unknown' }]);
      expect(await store.storage.users.countUsers()).toBe(0);
    });

    it('keeps nothing of a batch in which the store itself fails', async () => {
      const broken = { ...token('B', 'bob'), digits: null as unknown as number };
      await expect(imported([token('A', 'alice'), { ...broken, secret: null as unknown as Secret }])).rejects.toThrow();
      expect(await store.storage.users.countUsers()).toBe(0);
      expect(await imported([token('A', 'alice')])).toEqual([{ kind: 'imported', isUserNew: true }]);
    });

    it('takes a token forward, and never back', async () => {
      await imported([token('A', 'alice')]);
      const { vault } = store.storage;
      const id = (await vault.findToken('A'))?.id ?? 0;
      expect(await vault.resyncToken(id, { counter: 100, driftSteps: -3 })).toBe(true);
      expect(await vault.findToken('A')).toMatchObject({ lastCounter: 100, driftSteps: -3 });
      for (const counter of [100, 99]) expect(await vault.resyncToken(id, { counter, driftSteps: 0 })).toBe(false);
      expect(await vault.resyncToken(id + 1, { counter: 200, driftSteps: 0 })).toBe(false);
      expect(await vault.findToken('A')).toMatchObject({ lastCounter: 100, driftSteps: -3 });
    });
  });
}
