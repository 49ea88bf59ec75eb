import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Credentials, Primary, PrimaryRequest, PrimaryResult } from '../../src/primary/index.ts';
import { AttributeType } from '../../src/radius/index.ts';

/** One primary under test and the world it asks. */
export interface PrimarySubject {
  /** Not yet started; the suite starts and stops it. */
  readonly primary: Primary;
  /** Makes a user known to whoever checks passwords. */
  addUser(username: string, password: Buffer): Promise<void>;
  /** Ends what was started besides the primary. */
  close(): Promise<void>;
}

/** What a kind of primary is excused from. */
export interface PrimaryContractOptions {
  /** `false` for a primary that takes everybody as already authenticated (`none`). Default `true`. */
  readonly checksPasswords?: boolean;
}

const PASSWORD = Buffer.from('correct horse');

/** A question as the server would put it. */
export function primaryRequest(username: string, credentials: Credentials): PrimaryRequest {
  const name = Buffer.from(username);
  return {
    username: name,
    usernameText: username,
    credentials,
    attributes: [{ type: AttributeType.userName, value: name }],
    requestId: 'request-1',
  };
}

/** A question with a password. */
export function passwordRequest(username: string, password: Buffer | string): PrimaryRequest {
  return primaryRequest(username, { kind: 'pap', password: Buffer.from(password) });
}

/** What every first door owes its caller. `make` is called once a test. */
export function primaryContract(
  name: string,
  make: () => Promise<PrimarySubject>,
  { checksPasswords = true }: PrimaryContractOptions = {},
): void {
  describe(`${name}: the contract of a primary`, () => {
    let subject: PrimarySubject;
    let primary: Primary;

    beforeEach(async () => {
      subject = await make();
      primary = subject.primary;
      await primary.start();
      await subject.addUser('alice', PASSWORD);
    });

    afterEach(async () => {
      await primary.stop();
      await subject.close();
    });

    const ask = (username: string, password: Buffer | string): Promise<PrimaryResult> =>
      primary.authenticate(passwordRequest(username, password));

    it('accepts the right password', async () => {
      expect((await ask('alice', PASSWORD)).kind).toBe('accepted');
    });

    it('answers unavailable after stop', async () => {
      await primary.stop();
      const result = await ask('alice', PASSWORD);
      expect(result.kind).toBe('unavailable');
      expect(result.kind === 'unavailable' && result.cause).toMatch(/\w+ \w+/);
    });

    it('can be stopped twice', async () => {
      await primary.stop();
      await expect(primary.stop()).resolves.toBeUndefined();
    });

    it('settles every question that is open when it is stopped', async () => {
      const open = Promise.all([ask('alice', PASSWORD), ask('alice', 'wrong'), ask('nobody', 'wrong')]);
      await primary.stop();
      expect(await open).toHaveLength(3);
    });

    it('gives a value, never an exception, for strange names and missing attributes', async () => {
      const strange = [
        '',
        '\0',
        '\u{1F511}'.repeat(60),
        'x'.repeat(253),
        '*)(uid=*',
        "' OR 1=1 --",
        '../../etc/passwd',
      ];
      for (const username of strange) {
        const bare: PrimaryRequest = { ...passwordRequest(username, 'x'), attributes: [] };
        expect(['accepted', 'rejected']).toContain((await primary.authenticate(bare)).kind);
      }
    });

    if (!checksPasswords) return;

    it('rejects a wrong password', async () => {
      expect((await ask('alice', 'wrong')).kind).toBe('rejected');
    });

    it('rejects a user it does not know', async () => {
      expect((await ask('mallory', PASSWORD)).kind).toBe('rejected');
    });

    it.each([
      ['no octet', Buffer.alloc(0)],
      ['one NUL', Buffer.alloc(1)],
      ['sixteen NULs', Buffer.alloc(16)],
    ])('never accepts an empty password (%s)', async (_, password) => {
      expect((await ask('alice', password)).kind).not.toBe('accepted');
      expect((await ask('nobody', password)).kind).not.toBe('accepted');
    });

    it('never accepts a request without a password', async () => {
      expect((await primary.authenticate(primaryRequest('alice', { kind: 'none' }))).kind).not.toBe('accepted');
    });

    it.each([
      ['a password of one octet', Buffer.from('x')],
      ['a password of 16 octets', Buffer.from('0123456789abcdef')],
      ['a password of 17 octets', Buffer.from('0123456789abcdefg')],
      ['a password of 128 octets', Buffer.from('0123456789abcdef'.repeat(8))],
      ['a password in UTF-8', Buffer.from('pässwörd-пароль-\u{1F511}')],
      ['a password in Latin-1', Buffer.from('pässwörd', 'latin1')],
      ['a password with a NUL inside', Buffer.from('abc\0def')],
      ['a password with a comma', Buffer.from('a,b,123456')],
    ])('accepts %s and refuses the same with its last octet changed or missing', async (_, password) => {
      await subject.addUser('bob', password);
      const changed = Buffer.from(password);
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
      expect((await ask('bob', password)).kind).toBe('accepted');
      expect((await ask('bob', changed)).kind).toBe('rejected');
      expect((await ask('bob', password.subarray(0, -1))).kind).not.toBe('accepted');
    });

    it('keeps concurrent questions apart', async () => {
      await subject.addUser('bob', Buffer.from('builder'));
      const asked = [
        ['alice', PASSWORD.toString()],
        ['alice', 'builder'],
        ['bob', 'builder'],
        ['bob', PASSWORD.toString()],
      ] as const;
      const results = await Promise.all(asked.map(([username, password]) => ask(username, password)));
      expect(results.map((result) => result.kind)).toEqual(['accepted', 'rejected', 'accepted', 'rejected']);
    });
  });
}
