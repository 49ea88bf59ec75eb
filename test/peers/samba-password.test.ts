import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';

import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { noMetrics } from '../../src/lib/metrics.ts';
import { Secret } from '../../src/lib/secret.ts';
import { createLdapPrimary, type PasswordChangeResult, type Primary } from '../../src/primary/index.ts';
import { startSallyport, type Sallyport, type Section } from '../support/sallyport.ts';
import { addCrowd } from '../support/store.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { openNas, promptOf, Visitor, type Reply } from '../whole/visitor.ts';
import { showLogOfFailures } from './failure-log.ts';
import { ldapConfig } from './ldap-subject.ts';
import { passcodeOnPhone } from './phone.ts';
import { describeWithPeers } from './presence.ts';
import { startDomainController, type DomainController } from './samba.ts';

const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const OLD = 'Wonder-land1';
const NEW = 'Through-the-glass2';
const states = { expired: 'expired', 'to-change': 'must-change', disabled: 'disabled', locked: 'locked-out' } as const;
const changers = ['alice', 'bob', 'carol', 'dora', 'erin', 'frank', 'gina'];

describeWithPeers(
  ['root', 'samba', 'ldapsearch', 'openssl', 'oathtool'],
  'a password of Active Directory that has expired',
  () => {
    const keep = stopAfterwards();
    let dc: DomainController;
    let door: Primary;
    let gate: Sallyport;

    beforeAll(async () => {
      const expired = changers.map((name) => ({ name, password: OLD, is: 'expired' as const }));
      const others = Object.entries(states).map(([name, is]) => ({ name, password: OLD, is }));
      dc = await keep(startDomainController({ users: [{ name: 'fresh', password: OLD }, ...expired, ...others] }));
      door = await keep(openDirectory({ ...directory(), urls: [dc.url] }));
      gate = await keep(
        startSallyport({
          primaries: { ad: { type: 'ldap', urls: [dc.url], ...directory() } },
          client: { primary: 'ad' },
          policy: { passwordChange: true },
          sections: { log: { level: 'trace' } },
        }),
      );
      await addCrowd(gate.folder, { names: ['alice', 'bob', 'carol', 'gina', 'to-change', 'disabled'], secret });
    }, 180_000);
    showLogOfFailures(() => `${dc.log()}\n${gate.log()}`);

    function directory(): Section {
      return { baseDn: dc.baseDn, bindDn: dc.service.dn, bindPassword: dc.service.password, ca: dc.ca };
    }

    function change(name: string, old: string, fresh: string): Promise<PasswordChangeResult | undefined> {
      const request = { username: Buffer.from(name), usernameText: name, attributes: [], requestId: 'request' };
      const credentials = { kind: 'pap', password: Buffer.from(old) } as const;
      const passwords = { old: Secret.fromText(old), fresh: Secret.fromText(fresh) };
      return door.changePassword?.({ ...request, credentials }, passwords) ?? Promise.resolve(undefined);
    }

    async function visit(user: string, ...typed: readonly string[]): Promise<Reply[]> {
      const visitor = new Visitor(await openNas(gate), user);
      const replies: Reply[] = [];
      for (const text of typed)
        replies.push(replies.length === 0 ? await visitor.begin(text) : await visitor.answer(text));
      await visitor.nas.close();
      return replies;
    }

    it('is changed by an account that may only read, which gives the old one with it', async () => {
      expect(await change('frank', OLD, NEW)).toEqual({ kind: 'changed' });
      expect(await dc.bind('frank', NEW)).toBeUndefined();
      expect(await dc.bind('frank', OLD)).toContain('data 52e,');
    });

    it('is not changed by who gives a wrong old one', async () => {
      expect(await change('erin', 'Looking-glass1', NEW)).toEqual({ kind: 'refused', reason: 'wrong-password' });
      expect(await dc.bind('erin', OLD)).toContain('data 532,');
    });

    it('is not replaced by one that is too short, too simple, or was used before', async () => {
      expect(await change('erin', OLD, 'Ab1')).toEqual({ kind: 'refused', reason: 'policy' });
      expect(await change('erin', OLD, 'alllowercaseletters')).toEqual({ kind: 'refused', reason: 'policy' });
      expect(await change('erin', OLD, OLD)).toEqual({ kind: 'refused', reason: 'history' });
    });

    it('is replaced by one with any characters', async () => {
      const odd = 'Grüße "an" Ålice € 1';
      expect(await change('erin', OLD, odd)).toEqual({ kind: 'changed' });
      expect(await dc.bind('erin', odd)).toBeUndefined();
    });

    it('is not changed for who is locked out, nor for nobody', async () => {
      expect(await change('locked', OLD, NEW)).toEqual({ kind: 'refused', reason: 'account-locked' });
      expect(await change('nobody-here', OLD, NEW)).toEqual({ kind: 'refused', reason: 'not-permitted' });
    });

    it('is not changed again before its time', async () => {
      await dc.put({ policy: { minPwdAge: String(-864_000_000_000) } });
      expect(await change('fresh', OLD, NEW)).toEqual({ kind: 'refused', reason: 'too-soon' });
      await dc.put({ policy: { minPwdAge: '0' } });
    });

    it('is never sent without TLS: no primary in clear changes any', async () => {
      const clear = await keep(openDirectory({ ...directory(), urls: [dc.plainUrl], allowPlaintext: true }));
      expect(Reflect.get(clear, 'changePassword')).toBeUndefined();
    });

    it('is changed after StartTLS too', async () => {
      const started = await keep(openDirectory({ ...directory(), urls: [dc.plainUrl], startTls: true }));
      const passwords = { old: Secret.fromText(OLD), fresh: Secret.fromText(NEW) };
      const request = { username: Buffer.from('dora'), usernameText: 'dora', attributes: [], requestId: 'request' };
      const asked = { ...request, credentials: { kind: 'none' } as const };
      expect(await started.changePassword?.(asked, passwords)).toEqual({ kind: 'changed' });
    });

    it('leads at the login to a new one, then to the second factor, then in; the old one is of no use any more', async () => {
      const replies = await visit('alice', OLD, NEW, NEW, await passcodeOnPhone(secret));
      expect(replies.map(({ code }) => code)).toEqual([
        'Access-Challenge',
        'Access-Challenge',
        'Access-Challenge',
        'Access-Accept',
      ]);
      expect(replies.slice(0, 3).map(({ message }) => message)).toEqual([
        'Your password has expired. New password:',
        'Enter the new password again:',
        'Enter the passcode from your app or token.',
      ]);
      expect(replies.slice(0, 2).map(promptOf)).toEqual([0, 0]);
      const [again, old] = [await visit('alice', NEW), await visit('alice', OLD)];
      expect(again.map(({ message }) => message)).toEqual(['Enter the passcode from your app or token.']);
      expect(old.map(({ code }) => code)).toEqual(['Access-Reject']);
    });

    it('that has to be changed at the first login leads there too', async () => {
      const [first, , third] = await visit('to-change', OLD, NEW, NEW);
      expect(first?.message).toBe('Your password has to be changed. New password:');
      expect(third?.message).toBe('Enter the passcode from your app or token.');
    });

    it('is asked for once more where the directory refuses the new one', async () => {
      const replies = await visit('bob', OLD, 'simple', 'simple', NEW, NEW);
      expect(replies[2]?.message).toBe('That password is too short, too simple, or was used before. New password:');
      expect(replies[4]?.message).toBe('Enter the passcode from your app or token.');
    });

    it('is changed at a terminal', async () => {
      const file = join(gate.folder, 'client-secret');
      await writeFile(file, gate.secret, { mode: 0o600 });
      const server = ['--server', `127.0.0.1:${gate.port}`, '--secret-file', file];
      const typed = [OLD, NEW, NEW, await passcodeOnPhone(secret)].join('\n');
      const { status, stdout, stderr } = await gate.command(['login', '--user', 'gina', ...server], `${typed}\n`);
      expect(`${stdout}${stderr}`).toContain('Your password has expired. New password:');
      expect(status).toBe(0);
    });

    it('is not asked for after a wrong one, nor of who is disabled', async () => {
      for (const [user, typed] of [
        ['carol', 'Looking-glass1'],
        ['disabled', OLD],
      ] as const)
        expect((await visit(user, typed)).map(({ code }) => code)).toEqual(['Access-Reject']);
      expect((await gate.events('disabled')).map(({ reason }) => reason)).toEqual(['account-disabled']);
    });

    it('leaves an event of each change and refusal, and no password in log or audit', async () => {
      const reasons = (await gate.events('bob')).map(({ reason }) => reason);
      expect(reasons).toEqual([
        'passcode-asked',
        'password-changed',
        'new-password-asked',
        'new-password-refused',
        'new-password-asked',
        'new-password-asked',
      ]);
      const written = gate.log() + JSON.stringify(await gate.events());
      for (const password of [OLD, NEW]) {
        expect(written).not.toContain(password);
        expect(written).not.toContain(Buffer.from(password).toString('hex'));
      }
    });
  },
);

async function openDirectory(section: Section): Promise<Primary> {
  const config = ldapConfig({ kind: 'active-directory', ...section });
  const deps = { clock: systemClock, logger: silentLogger, metrics: noMetrics };
  const readPhone = (text: string): Promise<string> => Promise.resolve(text);
  const primary = await createLdapPrimary({ name: 'ad', ...config }, { ...deps, readPhone });
  await primary.start();
  return primary;
}
