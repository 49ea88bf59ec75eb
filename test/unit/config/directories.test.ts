import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { LdapPrimaryConfig } from '../../../src/config/index.ts';
import { Authority } from '../../support/authority.ts';
import { configOf, problemsOf, soundConfig, warningsOf } from '../../support/config-text.ts';

const text = (ad: string, local = '{ type: local }'): string =>
  soundConfig.replace('  local: { type: local }\n', `  local: ${local}\n  ad: { type: ldap, ${ad} }\n`);
const account = 'bindDn: "cn=reader,dc=example,dc=com", bindPassword: secret';
const usual = `urls: ["ldaps://dc1.example.com"], baseDn: "ou=people, DC=Example,dc=com"`;
const problems = (ad: string, local?: string): string[] =>
  problemsOf(text(ad, local)).map((line) => line.replace(/^\d+ /, ''));

function directory(ad: string): LdapPrimaryConfig {
  const config = configOf(text(ad)).primaries['ad'];
  if (config?.type !== 'ldap') throw new Error('no directory');
  return config;
}

describe('a directory in the configuration', () => {
  it('needs no more than the addresses, the base and an account', () => {
    expect(directory(`${usual}, ${account}`)).toMatchObject({
      nameAttribute: 'sAMAccountName',
      loginAttributes: ['userPrincipalName'],
      idAttribute: 'objectGUID',
      groups: 'in-chain',
      upnSuffixes: ['example.com'],
      netbiosDomains: ['example'],
    });
    const generic = directory(`kind: generic, ${usual}, ${account}`);
    expect(generic).toMatchObject({ nameAttribute: 'uid', loginAttributes: [], groups: 'walk' });
  });

  it('is not asked in clear unless that is said by name', () => {
    const plain = `${usual.replace('ldaps:', 'ldap:')}, ${account}`;
    expect(problems(plain)).toEqual([
      expect.stringMatching(/^primaries\.ad\.urls\[0\]: passwords would cross .* in clear/),
    ]);
    expect(problems(`${plain}, startTls: true`)).toEqual([]);
    expect(problems(`${usual}, ${account}, startTls: true`)).toEqual([expect.stringContaining('under TLS already')]);
    expect(problems(`${plain}, allowPlaintext: true`)).toEqual([]);
    expect(warningsOf(text(`${plain}, allowPlaintext: true`))).toContain(
      'primaries.ad.urls[0]: passwords cross the network in clear',
    );
  });

  it('is never asked as nobody', () => {
    expect(problems(usual)).toEqual([expect.stringMatching(/^primaries\.ad\.bindDn: is missing/)]);
    expect(problems(`${usual}, bindDn: "cn=reader"`)).toEqual([expect.stringMatching(/bindPassword: is missing/)]);
    expect(problems(`${usual}, directBind: "{user}@example.com"`)).toEqual([]);
    expect(problems(`${usual}, directBind: "{user}@example.com", sync: {}`)).toEqual([
      expect.stringMatching(/sync: needs/),
    ]);
    expect(problems(`${usual}, ${account}, directBind: alice`)).toEqual([expect.stringContaining('must hold {user}')]);
  });

  it.each(['(uid=*)', '(&(a=b)(|(c>=1)(!(d~=x))))', '( & (a=b) )', String.raw`(cn=a\28b)`])(
    'takes the filter %s',
    (filter) => {
      expect(problems(`${usual}, ${account}, userFilter: ${JSON.stringify(filter)}`)).toEqual([]);
    },
  );

  it.each(['uid=*', '(uid=*', '(&(a=b)', '(a=b)(c=d)', '()', '(!(a=b)(c=d))', '(a=(b))'])(
    'refuses the filter %s',
    (filter) => {
      expect(problems(`${usual}, ${account}, userFilter: ${JSON.stringify(filter)}`)).toEqual([
        'primaries.ad.userFilter: is no LDAP filter, such as (objectClass=person)',
      ]);
    },
  );

  it('stands behind another door only where it is one, and can look users up', () => {
    const behind = (name: string, ad = `${usual}, ${account}`): string[] =>
      problems(ad, `{ type: local, directory: ${name} }`);
    expect(behind('ad')).toEqual([]);
    expect(behind('adc')).toEqual([expect.stringContaining('"adc" is no name under primaries')]);
    expect(behind('local')).toEqual([expect.stringContaining('is no directory')]);
    expect(behind('ad', `${usual}, directBind: "{user}@example.com"`)).toEqual([
      expect.stringContaining('cannot look users up'),
    ]);
    expect(warningsOf(text(`${usual}, ${account}`, '{ type: local, directory: ad }')).join()).not.toContain(
      'no client uses it',
    );
  });

  it('has to be done before the NAS gives up', () => {
    const urls = `urls: [${Array.from({ length: 6 }, (_, index) => `"ldaps://dc${index}.example.com"`).join(', ')}]`;
    const slow = text(`${usual.replace(/urls: \S+/, `${urls},`)}, ${account}`).replace('primary: local', 'primary: ad');
    expect(problemsOf(slow).join()).toContain('its primary may take 60 s (ad: 6 servers × (5 + 5 s))');
  });
});

describe('the authorities of a directory or a gateway', () => {
  const authority = new Authority();
  afterAll(() => authority.remove());
  const many = join(authority.folder, 'many.pem');
  writeFileSync(many, authority.ca.repeat(10));
  for (const file of [authority.caFile, many]) chmodSync(file, 0o644);
  const trusting = (ca: string): string => text(`${usual}, ${account}, ca: ${ca}`);
  const mail = (ca: string): string =>
    `${trusting(ca)}gateways:\n  mail: { type: smtp, host: mail.example.com, from: a@example.com, ca: ${ca} }\n`;

  it('are public: a file that everybody may read earns no warning', () => {
    for (const ca of [authority.caFile, `{ file: ${authority.caFile} }`]) {
      expect(warningsOf(mail(ca)).join()).not.toContain('every user of this machine');
      expect(configOf(mail(ca))).toMatchObject({
        primaries: { ad: { ca: authority.ca } },
        gateways: { mail: { ca: authority.ca } },
      });
    }
  });

  it('may be many, in the file itself too, or in a variable of the environment', () => {
    expect(directory(`${usual}, ${account}, ca: ${many}`).ca).toBe(authority.ca.repeat(10));
    expect(directory(`${usual}, ${account}, ca: ${JSON.stringify(authority.ca)}`).ca).toBe(authority.ca);
    const config = configOf(trusting('{ env: AD_CA }'), { env: { AD_CA: authority.ca } });
    expect(config.primaries['ad']).toMatchObject({ ca: authority.ca });
  });

  it('that are none, are missing or have expired are a problem', () => {
    const old = authority.issue('/CN=old', { notBefore: '20200101000000Z', notAfter: '20210101000000Z' });
    for (const [ca, problem] of [
      ['nowhere.pem', 'the file /etc/sallyport/nowhere.pem cannot be read: it does not exist'],
      ['{ env: AD_CA }', 'that environment variable is not set'],
      ['"-----BEGIN nothing"', 'holds no certificate in PEM form'],
      [old.keyFile, 'holds no certificate in PEM form'],
      [old.certFile, 'the certificate of the authority has expired on 2021-01-01'],
      ['{ generate: ca }', 'must be the path of a PEM file, or one of { file: PATH }, { env: NAME }'],
    ] as const)
      expect(problems(`${usual}, ${account}, ca: ${ca}`), ca).toContain(`primaries.ad.ca: ${problem}`);
  });
});
