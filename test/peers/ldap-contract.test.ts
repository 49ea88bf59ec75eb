import { afterAll, beforeAll } from 'vitest';

import { primaryContract } from '../contract/primary.ts';
import { openLdap } from './ldap-subject.ts';
import { describeWithPeers } from './presence.ts';
import { startSlapd, userDn, userLdif, type Slapd } from './slapd.ts';

describeWithPeers(['slapd', 'slapadd', 'ldapmodify', 'openssl'], 'the primary of a directory, against slapd', () => {
  let slapd: Slapd;

  beforeAll(async () => {
    slapd = await startSlapd();
  });
  afterAll(() => slapd.stop());

  primaryContract('ldap', async () => {
    const added: string[] = [];
    const primary = await openLdap(slapd);
    return {
      primary,
      async addUser(uid, octets) {
        // A directory keeps what was typed, in UTF-8.
        const isUtf8 = Buffer.from(octets.toString('utf8')).equals(octets);
        const password = isUtf8 ? octets : Buffer.from(octets.toString('latin1'));
        await slapd.change(userLdif({ uid, password }));
        added.push(uid);
      },
      async close() {
        await slapd.change(added.map((uid) => `dn: ${userDn(uid)}\nchangetype: delete\n\n`).join(''));
      },
    };
  });
});
