import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Authority } from '../../support/authority.ts';
import { configOf, problemsOf, soundConfig, warningsOf } from '../../support/config-text.ts';

const authority = new Authority();
const papers = authority.issue('/CN=gate');
const other = authority.issue('/CN=other');
const old = authority.issue('/CN=old', { notBefore: '20200101000000Z', notAfter: '20210101000000Z' });
const soon = new Date(Date.now() + 5.5 * 86_400_000)
  .toISOString()
  .replace(/\.\d+Z$/, 'Z')
  .replace(/[-:T]/g, '');
const ending = authority.issue('/CN=ending', { notAfter: soon });
const empty = join(authority.folder, 'empty.pem');
writeFileSync(empty, 'nothing\n');
chmodSync(other.keyFile, 0o600);

afterAll(() => authority.remove());

interface Pieces {
  readonly listen?: string;
  readonly client?: string;
  readonly server?: string;
}

const files = (cert = papers.certFile, key = papers.keyFile, ca = authority.caFile): string =>
  `cert: ${cert}, key: ${key}, clientCa: ${ca}`;
const CLIENT = 'certificate: { dns: nas.example.com }';
const home = (more: string): string => `{ protocol: radsec, address: 192.0.2.1, ${more} }`;
const HOME = home(`ca: ${authority.caFile}, cert: ${papers.certFile}, key: ${papers.keyFile}`);

function text({
  listen = `{ protocol: radsec, address: 127.0.0.1, ${files()} }`,
  client = CLIENT,
  server = HOME,
}: Pieces = {}) {
  return soundConfig
    .replace('  id: gate-1\n', `  id: gate-1\n  listen: [{ address: 127.0.0.1 }, ${listen}]\n`)
    .replace('primaries:', `  - { name: nas, primary: home, ${client} }\nprimaries:`)
    .replace('policies:', `  home: { type: radius, servers: [${server}] }\npolicies:`);
}

describe('RadSec in the configuration', () => {
  it('has the ports, secrets and rules of its own', () => {
    const { server, clients, primaries } = configOf(text());
    expect(server.listen[1]).toMatchObject({ protocol: 'radsec', port: 2083, files: { ca: authority.caFile } });
    expect(clients[1]).toMatchObject({ address: [], messageAuthenticator: 'when-present' });
    expect(clients[1]?.secret.reveal().toString()).toBe('radsec');
    expect(clients[1]?.tls?.certificate).toEqual({ dns: ['nas.example.com'], commonName: [], fingerprint: [] });
    expect(primaries['home']).toMatchObject({ servers: [{ port: 2083, messageAuthenticator: 'when-present' }] });
    expect(warningsOf(text())).toEqual([]);
  });

  it('takes accounting by the same port, both ways', () => {
    const client = `${CLIENT}, accounting: home`;
    expect([problemsOf(text({ client })), warningsOf(text({ client }))]).toEqual([[], []]);
    const listen = `{ protocol: radsec, address: 127.0.0.1, serves: [access], ${files()} }`;
    expect(configOf(text({ listen })).server.listen[1]).toMatchObject({ serves: ['access'] });
    expect(warningsOf(text({ client, listen })).join()).toContain('has `serves: [accounting]`');
  });

  const psk = 'psk: { identity: nas, key: 0123456789abcdef }';
  it('needs no certificate where every client has a key', () => {
    const listen = '{ protocol: radsec, address: 127.0.0.1 }';
    expect(problemsOf(text({ listen, client: psk, server: home(psk) }))).toEqual([]);
    expect(warningsOf(text({ client: 'psk: { identity: nas, key: short }' }))).toEqual([
      'clients[1].psk.key: this key has fewer than 16 octets: use more, made at random',
    ]);
  });

  const radsec = (more: string): string => `{ protocol: radsec, address: 127.0.0.1, ${more} }`;
  const mistakes: readonly (readonly [string, Pieces, readonly string[]])[] = [
    [
      'a file that is not there',
      { listen: radsec(files('/nowhere.pem')) },
      ['server.listen[1].cert: the file /nowhere.pem cannot be read: it does not exist'],
    ],
    [
      'a file without a certificate',
      { listen: radsec(files(empty)) },
      ['server.listen[1].cert: holds no certificate in PEM form'],
    ],
    [
      'a file without a key',
      { listen: radsec(files(papers.certFile, empty)) },
      ['server.listen[1].key: holds no private key in PEM form without a passphrase'],
    ],
    [
      'the key of another certificate',
      { listen: radsec(files(papers.certFile, other.keyFile)) },
      ['server.listen[1].key: is not the key of the certificate'],
    ],
    [
      'an expired certificate',
      { listen: radsec(files(old.certFile, old.keyFile)) },
      ['server.listen[1].cert: the certificate has expired on 2021-01-01'],
    ],
    [
      'an expired certificate for home servers',
      { server: home(`cert: ${old.certFile}, key: ${old.keyFile}`) },
      ['primaries.home.servers[0].cert: the certificate has expired on 2021-01-01'],
    ],
    [
      'no certificates',
      { listen: radsec('port: 2083') },
      ['cert', 'key', 'clientCa'].map((key) => `server.listen[1].${key}: is missing`),
    ],
    [
      'no certificate for a home server',
      { server: home('port: 2083') },
      ['cert', 'key'].map((key) => `primaries.home.servers[0].${key}: is missing`),
    ],
    [
      'certificates without RadSec',
      { listen: `{ address: 127.0.0.2, cert: ${papers.certFile} }` },
      [
        'server.listen[1].cert: belongs to `protocol: radsec`',
        'clients[1].certificate: no listener of `server.listen` has `protocol: radsec`',
      ],
    ],
    [
      'a certificate that says nothing',
      { client: 'certificate: {}' },
      [
        'clients[1].certificate: needs one of dns, commonName, fingerprint: otherwise every certificate would be this client',
      ],
    ],
    [
      'two ways at once',
      { client: `${CLIENT}, ${psk}`, server: HOME.replace(' }', `, ${psk} }`) },
      [
        'clients[1].psk: is one way, `certificate` the other: only one',
        'primaries.home.servers[0].psk: is one way, `cert` and `key` are the other: only one of them',
      ],
    ],
    [
      'a way to end sessions that only the public secret of RadSec would protect',
      { client: `${CLIENT}, accounting: here, disconnect: {}` },
      ['address', 'disconnect.secret'].map(
        (key) =>
          `clients[1].${key}: is missing: a NAS is asked over UDP to end a session, not by its RadSec connection`,
      ),
    ],
    [
      'a wildcard',
      { client: 'certificate: { dns: "*.example.com" }' },
      ['clients[1].certificate.dns: must be a host name without a wildcard'],
    ],
    [
      'neither address nor certificate',
      { client: 'policy: default' },
      ['clients[1].address: is missing', 'clients[1].secret: is missing'],
    ],
    [
      'a name that belongs to two',
      { client: `${CLIENT} }\n  - { name: twin, primary: local, certificate: { dns: NAS.example.com }` },
      ['clients[2].certificate.dns: belongs to client "nas" already'],
    ],
  ];
  it.each(mistakes)('is refused with %s', (_, pieces, problems) => {
    expect(problemsOf(text(pieces)).map((problem) => problem.replace(/^\d+ /, ''))).toEqual(problems);
  });

  it('warns of a certificate that ends within 30 days, and of a key that everybody may read', () => {
    chmodSync(ending.keyFile, 0o644);
    expect(warningsOf(text({ listen: radsec(files(ending.certFile, ending.keyFile)) }))).toEqual([
      'server.listen[1].cert: the certificate expires in 5 days: renew it',
      expect.stringContaining('server.listen[1].key: every user of this machine may read the file'),
    ]);
  });
});
