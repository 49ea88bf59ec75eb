import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';

import { createDirectorySyncs, type DirectorySyncs } from '../../src/directories.ts';
import { silentLogger, type Logger } from '../../src/lib/logger.ts';
import { noMetrics } from '../../src/lib/metrics.ts';
import { createSystemRandom } from '../../src/lib/random.ts';
import { Secret } from '../../src/lib/secret.ts';
import { openSqliteStorage, type Storage } from '../../src/storage/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ldapConfig } from './ldap-subject.ts';
import { describeWithPeers } from './presence.ts';
import { SERVICE, startSlapd, userDn, userLdif, type Slapd } from './slapd.ts';

const MINUTE_MS = 60_000;
const FIRST_MS = 10_000;
const crowd = Array.from({ length: 10 }, (_, index) => `user-${index}`);

describeWithPeers(['slapd', 'slapadd', 'ldapmodify', 'openssl'], 'the schedule of a directory', () => {
  let slapd: Slapd;
  let clock: FakeClock;
  let storage: Storage;
  let syncs: DirectorySyncs;
  let folder: string;
  let said: { readonly fields: object; readonly message: string }[];
  let heard: () => void;

  beforeAll(async () => {
    slapd = await startSlapd();
  }, 60_000);
  afterAll(() => slapd.stop());

  beforeEach(async () => {
    await slapd.change(crowd.map((uid) => userLdif({ uid })).join(''));
    folder = mkdtempSync(join(tmpdir(), 'sallyport-sync-'));
    clock = new FakeClock();
    const random = createSystemRandom();
    const masterKey = Secret.fromOctets(random.octets(32));
    const file = join(folder, 'sallyport.db');
    storage = await openSqliteStorage(
      { file, writer: 'on-demand' },
      { masterKey, clock, random, logger: silentLogger },
    );
    said = [];
    const say = (fields: object, message: string): void => {
      said.push({ fields, message });
      heard();
    };
    const logger: Logger = { ...silentLogger, info: say, error: say };
    const { people } = storage;
    syncs = createDirectorySyncs({
      ...{ clock, logger, metrics: noMetrics, people },
      readPhone: (text) => Promise.resolve(text),
    });
  });
  afterEach(async () => {
    await syncs.stop();
    await storage.close();
    rmSync(folder, { recursive: true });
    const present = crowd.concat('newcomer').map((uid) => `dn: ${userDn(uid)}\nchangetype: delete\n\n`);
    for (const ldif of present) await slapd.change(ldif).catch(() => undefined);
  });

  function configs(everyMinutes = 60, more: object = {}) {
    const account = { bindDn: SERVICE.dn, bindPassword: SERVICE.password };
    const urls = [`ldaps://localhost:${slapd.ports.tls}`];
    return { ad: ldapConfig({ urls, ca: slapd.ca, ...account, sync: { everyMinutes }, ...more }) };
  }

  /** Lets the time pass, and waits for what the run says that is due then. */
  async function run(ms: number): Promise<{ readonly fields: object; readonly message: string } | undefined> {
    const before = said.length;
    const hearing = new Promise<void>((resolve) => (heard = resolve));
    await clock.advance(ms);
    await hearing;
    // The next run is put into the schedule behind this one's end.
    await new Promise((resolve) => setImmediate(resolve));
    return said[before];
  }

  async function remove(...uids: readonly string[]): Promise<void> {
    await slapd.change(uids.map((uid) => `dn: ${userDn(uid)}\nchangetype: delete\n\n`).join(''));
  }

  function enabled(): string[] {
    return crowd.concat('newcomer').filter((name) => storage.directory.findUser(name)?.isEnabled === true);
  }

  it('takes everybody over soon after the start, then at its times, and disables who has gone', async () => {
    syncs.replace(configs());
    expect(await run(FIRST_MS)).toMatchObject({ fields: { primary: 'ad', read: 10, added: 10, disabled: 0 } });
    expect(enabled()).toEqual(crowd);
    await remove('user-0', 'user-1');
    await slapd.change(userLdif({ uid: 'newcomer' }));
    await clock.advance(60 * MINUTE_MS - 1);
    expect(said).toHaveLength(1);
    expect(await run(1)).toMatchObject({ fields: { read: 9, added: 1, disabled: 2 } });
    expect(enabled()).toEqual([...crowd.slice(2), 'newcomer']);
    // Another entry under that name is somebody else.
    await slapd.change(userLdif({ uid: 'user-0' }));
    expect(await run(60 * MINUTE_MS)).toMatchObject({ fields: { conflicts: 1, disabled: 0 } });
    expect(enabled()).not.toContain('user-0');
  });

  it('disables nobody when more than five have gone, says so, and goes on', async () => {
    syncs.replace(configs());
    await run(FIRST_MS);
    await remove(...crowd.slice(0, 6));
    expect(await run(60 * MINUTE_MS)).toMatchObject({
      fields: { gone: 6, read: 4 },
      message: expect.stringContaining('nobody was disabled') as string,
    });
    expect(enabled()).toEqual(crowd);
    await slapd.change(userLdif({ uid: 'newcomer' }));
    expect(await run(60 * MINUTE_MS)).toMatchObject({ fields: { gone: 6, added: 1 } });
  });

  it('disables five, and nobody when the directory cannot be read; the next run makes up for it', async () => {
    syncs.replace(configs());
    await run(FIRST_MS);
    await remove(...crowd.slice(0, 5));
    await slapd.kill();
    const failed = await run(60 * MINUTE_MS);
    expect(failed?.message).toContain('could not be taken over; nobody was disabled');
    expect(enabled()).toEqual(crowd);
    await slapd.restart();
    expect(await run(60 * MINUTE_MS)).toMatchObject({ fields: { read: 5, disabled: 5 } });
    expect(enabled()).toEqual(crowd.slice(5));
  });

  it('keeps its time under a configuration that says the same, begins anew under another, and ends without', async () => {
    syncs.replace(configs());
    await run(FIRST_MS);
    await clock.advance(59 * MINUTE_MS);
    syncs.replace(configs());
    expect(await run(MINUTE_MS)).toMatchObject({ fields: { read: 10 } });
    syncs.replace(configs(30));
    expect(await run(FIRST_MS)).toMatchObject({ fields: { read: 10 } });
    expect(await run(30 * MINUTE_MS)).toMatchObject({ fields: { read: 10 } });
    for (const next of [configs(0), configs(60, { sync: undefined }), {}]) {
      syncs.replace(next);
      expect(clock.pendingTimers).toBe(0);
    }
  });
});
