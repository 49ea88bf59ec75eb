import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoginUser } from '../../../src/access/index.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import type { Logger } from '../../../src/lib/logger.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { createLocalPrimary, hashPassword } from '../../../src/primary/index.ts';
import type { LocalPrimaryOptions, Primary } from '../../../src/primary/index.ts';
import { passwordRequest, primaryContract, primaryRequest } from '../../contract/primary.ts';
import { byChap, byEap, byMsChap, byMsChap2 } from '../../support/peer-proofs.ts';

const random = createSystemRandom();
// Small, so that the tests spend their time elsewhere; the parameters stand in the hash.
const cost = { memory: 64, passes: 1, parallelism: 1 };

class Users {
  readonly #users = new Map<string, LoginUser>();
  isBroken = false;

  readonly findUser = (name: string): LoginUser | undefined => {
    if (this.isBroken) throw new Error('disk on fire');
    return this.#users.get(name);
  };

  async add(name: string, password: Buffer | undefined, fields: Partial<LoginUser> = {}): Promise<void> {
    const hash = password === undefined ? {} : { passwordHash: await hashPassword(password, random, cost) };
    this.#users.set(name, { id: this.#users.size, name, isEnabled: true, lockedUntilMs: 0, ...hash, ...fields });
  }
}

function createPrimary(
  users: Users,
  options: Partial<LocalPrimaryOptions> = {},
  logger: Logger = silentLogger,
): Primary {
  return createLocalPrimary({ name: 'local', ...options }, { directory: users, random, logger });
}

primaryContract('local', () => {
  const users = new Users();
  return Promise.resolve({
    primary: createPrimary(users),
    addUser: (name, password) => users.add(name, password),
    close: () => Promise.resolve(),
  });
});

describe('the primary of local users', () => {
  let users: Users;

  beforeEach(async () => {
    users = new Users();
    await users.add('alice', Buffer.from('pässwörd'));
  });

  async function started(options: Partial<LocalPrimaryOptions> = {}, logger?: Logger): Promise<Primary> {
    const primary = createPrimary(users, options, logger);
    await primary.start();
    return primary;
  }

  it('takes a password in either charset and either Unicode form for the same', async () => {
    const primary = await started();
    for (const form of [
      Buffer.from('pässwörd', 'utf8'),
      Buffer.from('pässwörd', 'latin1'),
      Buffer.from('pässwörd'.normalize('NFD'), 'utf8'),
    ]) {
      expect(await primary.authenticate(passwordRequest('alice', form))).toEqual({ kind: 'accepted', attributes: [] });
    }
  });

  it('rejects an unknown user and a wrong password with their reasons', async () => {
    const primary = await started();
    expect(await primary.authenticate(passwordRequest('alice', 'x'))).toMatchObject({ reason: 'wrong-password' });
    expect(await primary.authenticate(passwordRequest('nobody', 'x'))).toMatchObject({ reason: 'user-unknown' });
  });

  it('calls a user disabled only when the password is right', async () => {
    await users.add('carol', Buffer.from('right'), { isEnabled: false });
    const primary = await started();
    expect(await primary.authenticate(passwordRequest('carol', 'right'))).toMatchObject({ reason: 'user-disabled' });
    expect(await primary.authenticate(passwordRequest('carol', 'wrong'))).toMatchObject({ reason: 'wrong-password' });
  });

  it('rejects a user whose password is kept elsewhere', async () => {
    await users.add('dave', undefined);
    const primary = await started();
    expect(await primary.authenticate(passwordRequest('dave', 'x'))).toMatchObject({ reason: 'wrong-password' });
  });

  it.each([byChap('x'), byMsChap('x'), byMsChap2('x', 'alice'), byEap(1, 'alice')])(
    'rejects as unsupported what a hash of a password cannot check: $kind',
    async (credentials) => {
      const primary = await started();
      expect(await primary.authenticate(primaryRequest('alice', credentials))).toMatchObject({
        reason: 'credentials-unsupported',
      });
    },
  );

  it('rejects a request without a password as unsupported', async () => {
    const primary = await started();
    expect(await primary.authenticate(primaryRequest('alice', { kind: 'none' }))).toMatchObject({
      reason: 'credentials-unsupported',
    });
  });

  it('rejects when the hash is damaged, and tells the operator', async () => {
    const error = vi.fn();
    await users.add('erin', undefined, { passwordHash: '$argon2id$v=19$m=10000000,t=2,p=1$c29tZXNhbHQ$AAAA' });
    const primary = await started({}, { ...silentLogger, error });
    expect(await primary.authenticate(passwordRequest('erin', 'x'))).toMatchObject({ kind: 'rejected' });
    expect(error).toHaveBeenCalledExactlyOnceWith(
      { requestId: 'request-1', user: 'erin' },
      expect.stringContaining('damaged'),
    );
  });

  it('is unavailable when the store cannot be read', async () => {
    const primary = await started();
    users.isBroken = true;
    expect(await primary.authenticate(passwordRequest('alice', 'x'))).toMatchObject({ kind: 'unavailable' });
  });

  it('is unavailable before it is started', async () => {
    const primary = createPrimary(users);
    expect(await primary.authenticate(passwordRequest('alice', 'x'))).toMatchObject({ kind: 'unavailable' });
  });

  it('refuses work beyond its queue instead of piling it up', async () => {
    const primary = await started({ maxChecking: 1, maxWaiting: 2 });
    const results = await Promise.all([1, 2, 3, 4, 5].map(() => primary.authenticate(passwordRequest('alice', 'x'))));
    expect(results.map((result) => result.kind)).toEqual([
      'rejected',
      'rejected',
      'rejected',
      'unavailable',
      'unavailable',
    ]);
    expect(results.at(-1)).toMatchObject({ cause: 'too many passwords are being checked' });
    expect(await primary.authenticate(passwordRequest('alice', 'pässwörd'))).toMatchObject({ kind: 'accepted' });
  });

  it('answers what is open unavailable when it is stopped', async () => {
    const primary = await started({ maxChecking: 1 });
    const open = [1, 2, 3].map(() => primary.authenticate(passwordRequest('alice', 'pässwörd')));
    await primary.stop();
    for (const result of await Promise.all(open)) expect(result.kind).toBe('unavailable');
  });

  it('writes no password into the log', async () => {
    const lines: string[] = [];
    const write = (fields: object, message: string) => lines.push(JSON.stringify([fields, message]));
    const logger = { ...silentLogger, trace: write, debug: write, info: write, warn: write, error: write } as Logger;
    const primary = await started({}, logger);
    await primary.authenticate(passwordRequest('alice', 'hunter2 is secret'));
    await primary.authenticate(passwordRequest('nobody', 'hunter2 is secret'));
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain('hunter2');
  });
});
