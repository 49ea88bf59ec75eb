import { describe, expect, it } from 'vitest';
import { soundConfig, soundExcept, warningsOf } from '../../support/config-text.ts';

const CLIENT = '    primary: local\n';
const withClient = (lines: string) => soundExcept(CLIENT, `${CLIENT}${lines}`);
const radius = (server: string) =>
  soundExcept('{ type: local }', `{ type: radius, servers: [{ address: 192.0.2.1, ${server} }] }`);

const apiKey = '{ name: desk, secret: thirty-two-characters-made-at-random, may: [read] }';

describe('a configuration', () => {
  it('without anything unwise draws no warning', () => {
    expect(warningsOf(soundConfig)).toEqual([]);
  });

  it.each([
    {
      about: 'a short shared secret',
      text: soundExcept('sixteen-octets-and-more', 'fifteen-octets!'),
      warning: 'clients[0].secret: this shared secret has 15 characters: use 16 or more, made at random (RFC 2865 §3)',
    },
    {
      about: 'a short secret of a home server',
      text: radius('secret: x'),
      warning:
        'primaries.local.servers[0].secret: this shared secret has 1 character: use 16 or more, made at random (RFC 2865 §3)',
    },
    {
      about: 'a shared secret with a blank that nobody sees',
      text: soundExcept('sixteen-octets-and-more', '"sixteen-octets-and-more "'),
      warning:
        'clients[0].secret: this shared secret begins or ends with a blank or a line end: is it the same at the other side?',
    },
    {
      about: 'a client in migration',
      text: withClient('    messageAuthenticator: when-present\n'),
      warning:
        'clients[0].messageAuthenticator: requests without Message-Authenticator are accepted, which CVE-2024-3596 makes unsafe: set `required` as soon as the NAS sends it',
    },
    {
      about: 'an old home server',
      text: radius('secret: sixteen-octets-and-more, messageAuthenticator: when-present'),
      warning:
        'primaries.local.servers[0].messageAuthenticator: replies without Message-Authenticator are believed, which CVE-2024-3596 makes unsafe: set `required` once the home server sends it',
    },
    {
      about: 'a home server that is said to check names outside TLS',
      text: soundExcept(
        '{ type: local }',
        '{ type: radius, eapIdentity: request, servers: [{ address: 192.0.2.1, secret: sixteen-octets-and-more }] }',
      ),
      warning:
        'primaries.local.eapIdentity: after PEAP, EAP-TTLS and EAP-TLS the second factor is that of the name outside TLS, which anybody can choose: the home server must refuse one that is not the name inside',
    },
    {
      about: 'replies that are not signed',
      text: withClient('    replyMessageAuthenticator: false\n'),
      warning:
        'clients[0].replyMessageAuthenticator: replies carry no Message-Authenticator, so this NAS cannot tell a forged Accept (CVE-2024-3596)',
    },
    {
      about: 'a client that is everybody',
      text: soundExcept('address: 127.0.0.1', 'address: 0.0.0.0/0'),
      warning: 'clients[0].address: any address may ask with this secret',
    },
    {
      about: 'a client that no listener hears',
      text: soundExcept('address: 127.0.0.1', 'address: 192.0.2.1'),
      warning: 'clients[0].address: no listener of `server.listen` is on its network',
    },
    {
      about: 'a policy without factors',
      text: soundExcept('[totp]', '[]'),
      warning: 'policies.default.factors: no second factor is asked for',
    },
    {
      about: 'a staged roll-out',
      text: soundExcept('[totp]', '[totp], unenrolled: allow'),
      warning: 'policies.default.unenrolled: users without a token get in by password alone',
    },
    {
      about: 'failing open',
      text: soundExcept('[totp]', '[totp], unavailable: allow'),
      warning: 'policies.default.unavailable: while no primary can be asked, users get in by the second factor alone',
    },
    {
      about: 'a NAS whose users cannot answer',
      text: withClient('    challenge: false\n    passcodeDelimiter: false\n'),
      warning:
        'clients[0]: its users have no way to give a passcode: the NAS shows no challenge, and none can come with the password',
    },
    {
      about: 'an RD Gateway, which has no password to append to',
      text: withClient('    profile: rd-gateway\n').replace('{ type: local }', '{ type: none }'),
      warning:
        'clients[0]: its users have no way to give a passcode: the NAS shows no challenge, and none can come with the password',
    },
    {
      about: 'a primary that nobody uses',
      text: soundExcept('{ type: local }', '{ type: local }\n  spare: { type: local }'),
      warning: 'primaries.spare: no client uses it',
    },
    {
      about: 'a policy that nobody uses',
      text: `${soundConfig}  spare: { factors: [hotp] }\n`,
      warning: 'policies.spare: no client uses it',
    },
    {
      about: 'an open listener with clients of this machine only',
      text: soundExcept('  id: gate-1\n', '  listen: [{ address: 0.0.0.0 }]\n'),
      warning:
        'server.listen[0].address: open to the network, though every client is on this machine: 127.0.0.1 is enough',
    },
    {
      about: 'a console open to the network',
      text: `${soundConfig}console: { address: "::" }\n`,
      warning:
        'console.address: plain HTTP, open to the network: put a reverse proxy with TLS in front and listen on 127.0.0.1',
    },
    {
      about: 'an API key that is short',
      text: `${soundConfig}console: { apiKeys: [{ name: desk, secret: guess-me, may: [read] }] }\n`,
      warning: 'console.apiKeys[0].secret: this key has 8 characters: use 32 or more, made at random',
    },
    {
      about: 'API keys behind a proxy without TLS',
      text: `${soundConfig}console: { publicUrl: "http://gate.example.com", apiKeys: [${apiKey}] }\n`,
      warning:
        'console.apiKeys: API keys cross the network in clear: put a reverse proxy with TLS in front, with `publicUrl` https',
    },
  ])('draws one for $about', ({ text, warning }) => {
    expect(warningsOf(text)).toEqual([warning]);
  });

  it('draws one more for API keys where the console is open to the network', () => {
    const open = (more: string) => `${soundConfig}console: { address: "::", apiKeys: [${apiKey}]${more} }\n`;
    expect(warningsOf(open('')).map((warning) => warning.split(':', 1)[0])).toEqual([
      'console.address',
      'console.apiKeys',
    ]);
    expect(warningsOf(open(', publicUrl: "https://gate.example.com"'))).toHaveLength(1);
  });

  it('draws none for API keys on this machine or behind TLS', () => {
    for (const url of ['http://127.0.0.1:8812', 'http://[::1]', 'https://gate.example.com']) {
      expect(warningsOf(`${soundConfig}console: { publicUrl: "${url}", apiKeys: [${apiKey}] }\n`)).toEqual([]);
    }
  });

  it.each([
    {
      about: 'glued passcodes',
      lines: '    challenge: false\n    passcodeDelimiter: false\n    gluedPasscode: true\n',
    },
    { about: 'appended passcodes', lines: '    challenge: false\n' },
  ])('draws none for a NAS without challenges that takes $about', ({ lines }) => {
    expect(warningsOf(withClient(lines))).toEqual([]);
  });

  it.each(['0.0.0.0', '"::"', '192.0.2.200'])('draws none for a client that %s hears', (address) => {
    const text = soundExcept('  id: gate-1\n', `  listen: [{ address: ${address} }]\n`);
    expect(warningsOf(text.replace('address: 127.0.0.1', 'address: 192.0.2.0/24'))).toEqual([]);
  });

  it('draws one for an IPv6 client that only IPv4 listens for', () => {
    const text = soundExcept('  id: gate-1\n', '  listen: [{ address: 0.0.0.0 }]\n');
    expect(warningsOf(text.replace('address: 127.0.0.1', 'address: 2001:db8::/32'))).toEqual([
      'clients[0].address: no listener of `server.listen` is on its network',
    ]);
  });
});
