import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../src/config/index.ts';
import { parse, problemsOf, soundConfig, soundExcept } from '../../support/config-text.ts';

const CLIENT = '    primary: local\n';
const SERVER = '  id: gate-1\n';
const LOCAL = '  local: { type: local }\n';
const DEFAULT = '  default: { factors: [totp] }\n';
const radius = (text: string) => `${LOCAL}  nps: { type: radius, ${text} }\n`;
const second = (text: string) =>
  `${CLIENT}  - { name: b, address: 127.0.0.2, secret: long-enough-secret, primary: local, ${text} }\n`;

interface Mistake {
  readonly about: string;
  readonly piece: string;
  readonly replacement: string;
  readonly problems: readonly string[];
}

const mistakes: readonly Mistake[] = [
  {
    about: 'an unknown key, with the key that was meant',
    piece: SERVER,
    replacement: '  id: gate-1\n  datadir: ./data\n',
    problems: ['3 server.datadir: unknown key, did you mean "dataDir"?'],
  },
  {
    about: 'an unknown key at the top',
    piece: 'primaries:',
    replacement: 'polices: {}\nprimaries:',
    problems: ['8 polices: unknown key, did you mean "policies"?'],
  },
  {
    about: 'an unknown key that is near nothing',
    piece: SERVER,
    replacement: '  id: gate-1\n  colour: red\n',
    problems: ['3 server.colour: unknown key'],
  },
  {
    about: 'an unknown key without a value',
    piece: SERVER,
    replacement: '  id: gate-1\n  colour:\n',
    problems: ['3 server.colour: unknown key'],
  },
  {
    about: 'a primary that is only a name',
    piece: LOCAL,
    replacement: '  local:\n',
    problems: ['9 primaries.local: must be a mapping, not nothing'],
  },
  {
    about: 'a key that stands twice',
    piece: CLIENT,
    replacement: '    primary: local\n    name: vpn\n',
    problems: ['8 clients[0].name: stands here twice: keep one'],
  },
  {
    about: 'a server id with a space in it',
    piece: 'gate-1',
    replacement: 'gate 1',
    problems: ['2 server.id: must be 1 to 24 printable ASCII characters without spaces'],
  },
  {
    about: 'a server id of more than 24 characters',
    piece: 'gate-1',
    replacement: 'a'.repeat(25),
    problems: ['2 server.id: must be 1 to 24 printable ASCII characters without spaces'],
  },
  {
    about: 'a port beyond the range',
    piece: SERVER,
    replacement: '  listen:\n    - { address: 127.0.0.1, port: 65536 }\n',
    problems: ['3 server.listen[0].port: must be 65535 or less'],
  },
  {
    about: 'a host name where an address belongs',
    piece: SERVER,
    replacement: '  listen:\n    - { address: localhost }\n',
    problems: ['3 server.listen[0].address: must be an IPv4 or IPv6 address, not a host name'],
  },
  {
    about: 'two listeners on one port of the same address',
    piece: SERVER,
    replacement: '  listen: [{ address: 127.0.0.1 }, { address: "::ffff:127.0.0.1" }]\n',
    problems: ['2 server.listen[1]: port 1812 is taken on this address by 127.0.0.1 above'],
  },
  {
    about: 'a listener beside the wildcard on its port',
    piece: SERVER,
    replacement: '  listen: [{ address: 0.0.0.0 }, { address: 127.0.0.1 }]\n',
    problems: ['2 server.listen[1]: port 1812 is taken on this address by 0.0.0.0 above'],
  },
  {
    about: 'no client at all',
    piece: soundConfig.slice(soundConfig.indexOf('clients:'), soundConfig.indexOf('primaries:')),
    replacement: 'clients: []\n',
    problems: ['3 clients: needs at least one entry'],
  },
  {
    about: 'a prefix with host bits set',
    piece: 'address: 127.0.0.1',
    replacement: 'address: [127.0.0.1/8]',
    problems: ['5 clients[0].address[0]: has host bits set: write the first address of the block, or 127.0.0.1 alone'],
  },
  {
    about: 'a prefix longer than its family',
    piece: 'address: 127.0.0.1',
    replacement: 'address: 127.0.0.0/33',
    problems: ['5 clients[0].address: has more bits than an address of its family'],
  },
  {
    about: 'an address that is none',
    piece: 'address: 127.0.0.1',
    replacement: 'address: vpn.example.com',
    problems: ['5 clients[0].address: must be an IPv4 or IPv6 address, or a prefix such as 192.0.2.0/24'],
  },
  {
    about: 'a prefix without a number of bits',
    piece: 'address: 127.0.0.1',
    replacement: 'address: 127.0.0.0/x',
    problems: ['5 clients[0].address: must end in the number of leading bits, such as /24'],
  },
  {
    about: 'equal prefixes of two clients, however they are spelt',
    piece: CLIENT,
    replacement: second('policy: default').replace('127.0.0.2', '"::ffff:127.0.0.1/128"'),
    problems: ['8 clients[1].address: 127.0.0.1/32 belongs to client "vpn" already'],
  },
  {
    about: 'equal prefixes of two clients, also where an address beside them is none',
    piece: CLIENT,
    replacement: second('policy: default').replace('127.0.0.2', '[vpn.example.com, 127.0.0.1]'),
    problems: [
      '8 clients[1].address[0]: must be an IPv4 or IPv6 address, or a prefix such as 192.0.2.0/24',
      '8 clients[1].address[1]: 127.0.0.1/32 belongs to client "vpn" already',
    ],
  },
  {
    about: 'a prefix that stands twice in one client',
    piece: 'address: 127.0.0.1',
    replacement: 'address: [127.0.0.1, 127.0.0.1/32]',
    problems: ['5 clients[0].address[1]: 127.0.0.1/32 belongs to this client already'],
  },
  {
    about: 'two clients of one name',
    piece: CLIENT,
    replacement: second('policy: default').replace('name: b', 'name: vpn'),
    problems: ['8 clients[1].name: "vpn" is the name of clients[0] already'],
  },
  {
    about: 'a client without a secret',
    piece: '    secret: sixteen-octets-and-more\n',
    replacement: '    secret:\n',
    problems: ['6 clients[0].secret: is missing'],
  },
  {
    about: 'an empty secret',
    piece: 'secret: sixteen-octets-and-more',
    replacement: "secret: ''",
    problems: ['6 clients[0].secret: must not be empty'],
  },
  {
    about: 'a secret of digits, which YAML takes for a number',
    piece: 'secret: sixteen-octets-and-more',
    replacement: 'secret: 0123456789012345',
    problems: [
      '6 clients[0].secret: must be text, or one of { env: NAME }, { file: PATH }, { encrypted: TEXT }, { generate: NAME }; a number stands in quotes',
    ],
  },
  {
    about: 'a secret from a place that does not exist',
    piece: 'secret: sixteen-octets-and-more',
    replacement: 'secret: { environment: X }',
    problems: [
      '6 clients[0].secret: must be text, or one of { env: NAME }, { file: PATH }, { encrypted: TEXT }, { generate: NAME }',
    ],
  },
  {
    about: 'a name written as a number',
    piece: 'name: vpn',
    replacement: 'name: 7',
    problems: ['4 clients[0].name: must be text, not this number: put it in quotes'],
  },
  {
    about: 'a primary that nobody has written',
    piece: 'primary: local',
    replacement: 'primary: [locale]',
    problems: ['7 clients[0].primary[0]: "locale" is no name under primaries, did you mean "local"?'],
  },
  {
    about: 'a primary that stands twice in a list',
    piece: 'primary: local',
    replacement: 'primary: [local, local]',
    problems: ['7 clients[0].primary[1]: stands in this list already'],
  },
  {
    about: 'a policy that nobody has written',
    piece: CLIENT,
    replacement: '    primary: local\n    policy: strict\n',
    problems: ['8 clients[0].policy: "strict" is no name under policies'],
  },
  {
    about: 'the default policy when nobody has written it',
    piece: 'default:',
    replacement: 'strict:',
    problems: ['4 clients[0].policy: "default" is no name under policies'],
  },
  {
    about: 'a profile with a slip in it',
    piece: CLIENT,
    replacement: '    primary: local\n    profile: cisco_asa\n',
    problems: [
      '8 clients[0].profile: must be one of generic, cisco-asa, fortigate, globalprotect, netscaler, f5, ivanti, sonicwall, check-point, watchguard, sophos, pfsense, opnsense, openvpn, mikrotik, strongswan, ocserv, rras, horizon, rd-gateway, did you mean "cisco-asa"?',
    ],
  },
  {
    about: 'a truth that is none',
    piece: CLIENT,
    replacement: '    primary: local\n    challenge: yes\n',
    problems: ['8 clients[0].challenge: must be true or false, not text'],
  },
  {
    about: 'an unknown kind of primary',
    piece: LOCAL,
    replacement: `${LOCAL}  ad: { type: kerberos }\n`,
    problems: ['10 primaries.ad.type: must be one of local, radius, ldap, none'],
  },
  {
    about: 'a primary without home servers',
    piece: LOCAL,
    replacement: radius('servers: []'),
    problems: ['10 primaries.nps.servers: needs at least one entry'],
  },
  {
    about: 'attempts out of range',
    piece: LOCAL,
    replacement: radius('attempts: 0, servers: [{ address: 192.0.2.1, secret: long-enough-secret }]'),
    problems: ['10 primaries.nps.attempts: must be 1 or more'],
  },
  {
    about: 'a fraction of an attempt',
    piece: LOCAL,
    replacement: radius('attempts: 1.5, servers: [{ address: 192.0.2.1, secret: long-enough-secret }]'),
    problems: ['10 primaries.nps.attempts: must be a whole number, not this number'],
  },
  {
    about: 'a home server that is Sallyport itself',
    piece: LOCAL,
    replacement: radius('servers: [{ address: 127.0.0.1, secret: long-enough-secret }]'),
    problems: ['10 primaries.nps.servers[0].address: this is where Sallyport itself listens: it would ask itself'],
  },
  {
    about: 'a name that cannot be written in a command',
    piece: LOCAL,
    replacement: `${LOCAL}  my primary: { type: local }\n`,
    problems: [
      '10 primaries.my primary: this name must be 1 to 64 letters, digits, dots, hyphens or underscores, beginning with a letter or digit',
    ],
  },
  {
    about: 'a factor that does not exist',
    piece: 'factors: [totp]',
    replacement: 'factors: [topt]',
    problems: [
      '11 policies.default.factors[0]: must be one of totp, hotp, push, sms, call, email, did you mean "totp"?',
    ],
  },
  {
    about: 'a factor that stands twice',
    piece: 'factors: [totp]',
    replacement: 'factors: [totp, hotp, totp]',
    problems: ['11 policies.default.factors[2]: stands in this list already'],
  },
  {
    about: 'a challenge that lasts too short',
    piece: DEFAULT,
    replacement: `${DEFAULT}factors: { totp: { ttlSeconds: 9 }, hotp: { ttlSeconds: 3601 } }\n`,
    problems: ['12 factors.totp.ttlSeconds: must be 10 or more', '12 factors.hotp.ttlSeconds: must be 3600 or less'],
  },
  {
    about: 'a public address without http',
    piece: DEFAULT,
    replacement: `${DEFAULT}console: { publicUrl: "javascript:alert(1)" }\n`,
    problems: ['12 console.publicUrl: must be an address that begins with http:// or https://'],
  },
  {
    about: 'two API keys of one name, one of them without a secret, and what no key may',
    piece: DEFAULT,
    replacement: `${DEFAULT}console:
  apiKeys:
    - { name: desk, secret: { env: NOT_SET }, may: [read] }
    - { name: desk, secret: x, may: [everything] }
`,
    problems: [
      '14 console.apiKeys[0].secret: the environment variable NOT_SET is not set',
      '15 console.apiKeys[1].name: "desk" is the name of console.apiKeys[0] already',
      '15 console.apiKeys[1].may[0]: must be one of read, enrol, users, unavailable',
    ],
  },
  {
    about: 'a Reject that comes after the NAS has given up',
    piece: CLIENT,
    replacement: '    primary: local\n    timeoutSeconds: 2\n    rejectDelaySeconds: 2\n',
    problems: ['9 clients[0].rejectDelaySeconds: must be less than the 2 s the NAS waits'],
  },
];

describe('a configuration with one mistake', () => {
  it.each(mistakes)('is refused for $about', ({ piece, replacement, problems }) => {
    expect(problemsOf(soundExcept(piece, replacement))).toEqual(problems);
  });

  it('is refused where neither door would be locked', () => {
    const open = soundExcept(LOCAL, '  local: { type: none }\n').replace('[totp]', '[]');
    expect(problemsOf(open)).toEqual([
      '4 clients[0]: anyone would be let in: its primary checks no password and policy "default" asks for no factor',
    ]);
  });

  it('is refused where a stranger to both doors would be let in', () => {
    const open = soundExcept(LOCAL, '  local: { type: none }\n').replace('[totp]', '[totp], unenrolled: allow');
    expect(problemsOf(open)).toEqual([
      '4 clients[0]: anyone would be let in: its primary checks no password and policy "default" lets in who has no token (unenrolled: allow)',
    ]);
  });

  it('is refused where the first door would open whenever the one before it is down', () => {
    const open = soundExcept(LOCAL, `${LOCAL}  gateway: { type: none }\n`).replace(
      CLIENT,
      '    primary: [local, gateway]\n',
    );
    expect(problemsOf(open)).toEqual([
      '7 clients[0].primary[1]: "gateway" checks no password and cannot stand beside others; for when they are down there is `unavailable` in the policy',
    ]);
  });
});

describe('timers that cannot fit', () => {
  const slow = (client: string, primary: string) =>
    soundExcept(LOCAL, radius(`servers: [{ address: 192.0.2.1, secret: long-enough-secret }], ${primary}`)).replace(
      CLIENT,
      `    primary: nps\n${client}`,
    );

  it('are refused with the sum, jitter and back-off included', () => {
    expect(problemsOf(slow('    timeoutSeconds: 20\n', 'timeoutSeconds: 3, attempts: 3'))).toEqual([
      "8 clients[0].timeoutSeconds: the NAS waits 20 s, but its primary may take 24.8 s (nps: 1 server × (3.3 + 6.9 + 14.6 s)): raise this, or lower the primary's timeoutSeconds or attempts",
    ]);
  });

  it('are refused where the default of the NAS is exceeded, at the client', () => {
    expect(problemsOf(slow('', 'timeoutSeconds: 60, attempts: 1'))).toEqual([
      "4 clients[0].timeoutSeconds: the NAS waits 60 s, but its primary may take 66 s (nps: 1 server × (66 s)): raise this, or lower the primary's timeoutSeconds or attempts",
    ]);
  });

  it('are no longer doubled beyond 16 seconds', () => {
    expect(problemsOf(slow('    timeoutSeconds: 90\n', 'timeoutSeconds: 8, attempts: 5'))).toEqual([]);
  });

  it('of several primaries add up', () => {
    const text = slow('    timeoutSeconds: 5\n', 'timeoutSeconds: 3, attempts: 1')
      .replace('primary: nps', 'primary: [nps, other]')
      .replace(
        'policies:',
        '  other: { type: radius, servers: [{ address: 192.0.2.2, secret: long-enough-secret }], attempts: 1 }\npolicies:',
      );
    expect(problemsOf(text)).toEqual([
      "8 clients[0].timeoutSeconds: the NAS waits 5 s, but its primary may take 6.6 s (nps: 1 server × (3.3 s); other: 1 server × (3.3 s)): raise this, or lower the primary's timeoutSeconds or attempts",
    ]);
  });
});

describe('what a later version brings', () => {
  const later: readonly { readonly what: string; readonly text: string; readonly problem: string }[] = [
    {
      what: 'several workers',
      text: soundExcept(SERVER, '  workers: 2\n'),
      problem: '2 server.workers: more than one worker is not supported by this version',
    },
    {
      what: 'PostgreSQL',
      text: `${soundConfig}storage: { type: postgres }\n`,
      problem: '12 storage.type: PostgreSQL is not supported by this version',
    },
    {
      what: 'Redis',
      text: `${soundConfig}sessions: { type: redis }\n`,
      problem: '12 sessions.type: Redis is not supported by this version',
    },
    {
      what: 'FCM',
      text: `${soundConfig}gateways: { phones: { type: fcm } }\n`,
      problem: '12 gateways.phones.type: FCM is not supported by this version',
    },
    {
      what: 'ntfy, which is no gateway here',
      text: `${soundConfig}gateways: { phones: { type: ntfy } }\n`,
      problem: '12 gateways.phones.type: phones are asked by `factors.push.ntfy`, not by a gateway',
    },
    {
      what: 'Web Push, likewise',
      text: `${soundConfig}gateways: { phones: { type: webpush } }\n`,
      problem: '12 gateways.phones.type: phones are asked by `factors.push.app`, not by a gateway',
    },
  ];

  it.each(later)('is named as such: $what', ({ text, problem }) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  it('is all that is wrong with a file that uses everything', () => {
    const problems = problemsOf(everything, {
      env: { VPN_SECRET: 'long-enough-secret', NPS_SECRET: 'long-enough-secret' },
    });
    expect(problems.map((problem) => problem.replace(/^\d+ /, ''))).toEqual([
      'server.listen[1].cert: the file /etc/sallyport/a.pem cannot be read: it does not exist',
      'server.listen[1].key: the file /etc/sallyport/a.key cannot be read: it does not exist',
      'server.listen[1].clientCa: the file /etc/sallyport/ca.pem cannot be read: it does not exist',
    ]);
  });

  it('may be written as long as it is empty', () => {
    expect(problemsOf(`${soundExcept('[totp]', '[totp], rules: []')}gateways: {}\n`)).toEqual([]);
  });
});

const everything = `server:
  id: gate-1
  dataDir: ./data
  workers: 1
  listen:
    - { protocol: udp, address: 127.0.0.1, port: 1812 }
    - { protocol: radsec, address: "::", port: 2083, cert: a.pem, key: a.key, clientCa: ca.pem }
clients:
  - name: vpn
    address: [127.0.0.0/8]
    secret: { env: VPN_SECRET }
    profile: generic
    primary: [corp-nps, ad]
    policy: default
    messageAuthenticator: required
    timeoutSeconds: 60
primaries:
  local: { type: local }
  corp-nps:
    type: radius
    servers:
      - { address: 192.0.2.10, port: 1812, secret: { env: NPS_SECRET }, messageAuthenticator: required }
    timeoutSeconds: 3
    attempts: 3
    strategy: fail-over
  ad: { type: ldap, urls: ["ldaps://dc1.example.com"], baseDn: dc=example, bindDn: cn=x, bindPassword: { env: NPS_SECRET } }
  gateway: { type: none }
policies:
  default:
    factors: [push, totp, sms, call]
    unenrolled: deny
    unavailable: deny
    rules: []
factors:
  totp: { window: 1 }
  sms: { ttlSeconds: 300, gateways: [main, backup] }
  call: { gateways: [backup] }
  push: { ttlSeconds: 60, numberMatching: true }
gateways:
  main: { type: http, url: "https://sms.example.com", body: { json: { to: "{{to}}", text: "{{text}}" } } }
  backup: { type: twilio, accountSid: AC0123456789abcdef0123456789abcdef, authToken: { env: NPS_SECRET }, from: "+15005550006" }
storage: { type: sqlite }
sessions: { type: memory }
console: { address: 127.0.0.1, port: 8812, publicUrl: "https://gate.example.com" }
`;

describe('several mistakes', () => {
  it('are reported together, in the order of the file', () => {
    const text = `server: { id: "" }
clients:
  - name: a
    address: 10.0.0.1/8
    secret: { env: MISSING }
    primary: local
  - name: b
    address: 192.0.2.1
    secret: { env: MISSING }
    primary: nowhere
    policy: nothing
  - 5
primaries:
  local: { type: locale }
policies:
  default: { factors: totp }
extra: 1
`;
    expect(problemsOf(text)).toEqual([
      '1 server.id: must be 1 to 24 printable ASCII characters without spaces',
      '4 clients[0].address: has host bits set: write the first address of the block, or 10.0.0.1 alone',
      '5 clients[0].secret: the environment variable MISSING is not set',
      '9 clients[1].secret: the environment variable MISSING is not set',
      '10 clients[1].primary: "nowhere" is no name under primaries',
      '11 clients[1].policy: "nothing" is no name under policies',
      '12 clients[2]: must be a mapping, not this number',
      '14 primaries.local.type: must be one of local, radius, ldap, none',
      '16 policies.default.factors: must be a list, not text',
      '17 extra: unknown key',
    ]);
  });

  it('of one client hide nothing of its other mistakes', () => {
    const text = soundExcept(CLIENT, '    primary: locla\n    colour: red\n    timeoutSeconds: 0\n').replace(
      'secret: sixteen-octets-and-more',
      'secret: { env: MISSING }',
    );
    expect(problemsOf(text)).toEqual([
      '6 clients[0].secret: the environment variable MISSING is not set',
      '7 clients[0].primary: "locla" is no name under primaries, did you mean "local"?',
      '8 clients[0].colour: unknown key',
      '9 clients[0].timeoutSeconds: must be 1 or more',
    ]);
  });

  it('are printed one a line, in the form that terminals make clickable', () => {
    const result = parse(soundExcept('secret: sixteen-octets-and-more', "secret: ''"));
    if (result.kind === 'loaded') throw new Error('it should not load');
    expect(result.problems.map(formatProblem)).toEqual([
      '/etc/sallyport/sallyport.yaml:6:5 clients[0].secret: must not be empty',
    ]);
  });
});

describe('what is not YAML', () => {
  it.each([
    { about: 'a bracket that is never closed', text: 'a: [1', problem: /^1 : cannot be read as YAML: .+/ },
    { about: 'an unknown tag', text: 'a: !shell x', problem: /an unknown tag/ },
    { about: 'two documents', text: 'a: 1\n---\nb: 1\n', problem: /only one document fits in the file/ },
    { about: 'an alias of nothing', text: 'a: *b', problem: /an alias \(\*\) of nothing/ },
    { about: 'endless nesting', text: '['.repeat(50_000), problem: /nested too deeply/ },
  ])('is refused: $about', ({ text, problem }) => {
    const problems = problemsOf(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]).toMatch(problem);
  });

  it('does not repeat the line it stands in, which may hold a secret', () => {
    expect(problemsOf('secret: "hunter2 hunter2\nb: [').join()).not.toContain('hunter2');
  });

  it.each([
    'secret: *hunter2',
    'secret: !hunter2',
    'secret: "\\hunter2"',
    'a: "b" hunter2',
    'a: | hunter2\n',
    '"a" "hunter2"',
  ])('does not repeat what it cannot read: %s', (text) => {
    const problems = problemsOf(text).join();
    expect(problems).toContain('cannot be read as YAML');
    expect(problems).not.toContain('hunter2');
  });

  it('refuses aliases that multiply', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const items = Array.from({ length: 10 }, () => (level === 0 ? '1' : `*a${level - 1}`));
      return `a${level}: &a${level} [${items.join(', ')}]`;
    });
    expect(problemsOf(levels.join('\n'))).toHaveLength(1);
  });

  it('says that an empty file is empty', () => {
    expect(problemsOf('# nothing\n')).toEqual(['1 : is empty: at least clients, primaries and policies are needed']);
  });

  it('refuses a document that holds itself', () => {
    expect(problemsOf('&a\nclients: [*a]\nprimaries: *a\nextra: *a\n').length).toBeGreaterThan(0);
  });

  it('is a list where a mapping belongs', () => {
    expect(problemsOf('- a\n- b\n')).toEqual(['1 : must be a mapping, not a list']);
  });
});
