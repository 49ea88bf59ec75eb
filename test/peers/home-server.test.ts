import { beforeAll, expect, it } from 'vitest';

import { clientSection, startSallyport, type Sallyport, type Section } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { showLogOfFailures } from './failure-log.ts';
import { homeServerState } from './freeradius-config.ts';
import { homeServerSection, startFreeRadius, type FreeRadius } from './freeradius.ts';
import { passcodeOnPhone } from './phone.ts';
import { describeWithPeers } from './presence.ts';
import { answerChallenge, askPassword, valueOf, type Answer } from './radclient.ts';

const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const password = 'correct horse, bättery "staple" \\ 100%';
const attributes = [
  'Class = 0x68656c700074776f',
  'Class = 0x6869',
  'Filter-Id = "staff"',
  'Filter-Id = "second"',
  'Cisco-AVPair = "shell:priv-lvl=15"',
  'Cisco-AVPair = "ip:inacl#1=permit ip any any"',
  'Fortinet-Group-Name = "vpn users"',
  'Session-Timeout = 3600',
  'Framed-IP-Address = 192.0.2.7',
  'Tunnel-Type:1 = VLAN',
  'Tunnel-Medium-Type:1 = IEEE-802',
  'Tunnel-Private-Group-Id:1 = "42"',
  'Tunnel-Password:1 = "a tunnel\'s password of more than sixteen octets"',
  'MS-MPPE-Send-Key = 0x00112233445566778899aabbccddeeff',
  'MS-MPPE-Recv-Key = 0xffeeddccbbaa99887766554433221100',
];

// By its source address a request is one of these clients.
const fromOldPlace = ['Packet-Src-IP-Address = 127.0.0.2'];
const fromStrictPlace = ['Packet-Src-IP-Address = 127.0.0.3'];

describeWithPeers(['freeradius', 'radclient', 'oathtool'], 'with FreeRADIUS as the home server', () => {
  const keep = stopAfterwards();
  let home: FreeRadius;
  let oldHome: FreeRadius;
  let gate: Sallyport;

  beforeAll(async () => {
    const challenge = { message: 'Say second', answer: 'second' };
    const users = [
      ...['alice', 'carol', 'dave', 'erin', 'frank'].map((name) => ({
        name,
        password,
        attributes,
        refusal: 'Not today',
      })),
      { name: 'bob', password, attributes, challenge },
      { name: 'long', password: 'p'.repeat(128), attributes },
    ];
    home = await keep(startFreeRadius({ users, requiresMessageAuthenticator: true }));
    oldHome = await keep(startFreeRadius({ users, signsReplies: false }));
    const primary = (server: Section): Section => ({
      type: 'radius',
      servers: [server],
      timeoutSeconds: 0.5,
      attempts: 2,
    });
    gate = await keep(
      startSallyport({
        clients: [
          clientSection('corp', '127.0.0.1', { primary: 'corp' }),
          clientSection('old', '127.0.0.2', { primary: 'old' }),
          clientSection('strict', '127.0.0.3', { primary: 'strict' }),
        ],
        primaries: {
          corp: primary(homeServerSection(home)),
          old: primary(homeServerSection(oldHome, { messageAuthenticator: 'when-present' })),
          strict: primary(homeServerSection(oldHome)),
        },
      }),
    );
    await gate.importTokens(['alice', 'bob', 'carol', 'dave', 'erin', 'long'], secret);
  });
  showLogOfFailures(() => `${home.log()}\n${gate.log()}`);

  const passThrough = async (user: string, asked: Answer, more: readonly string[] = []): Promise<Answer> =>
    answerChallenge(gate, asked, user, await passcodeOnPhone(secret), more);

  it('gives the NAS every attribute of the Accept, hidden ones included, after the passcode', async () => {
    const direct = await askPassword(home, 'alice', password);
    const asked = await askPassword(gate, 'alice', password);
    const answer = await passThrough('alice', asked);
    expect(direct).toMatchObject({ code: 'Access-Accept', attributes });
    expect(answer).toMatchObject({ code: 'Access-Accept', attributes, isSigned: true });
  });

  it('asks for the passcode without giving anything away', async () => {
    const asked = await askPassword(gate, 'carol', password);
    expect(asked).toMatchObject({ code: 'Access-Challenge', isSigned: true });
    expect(asked.attributes.map((attribute) => attribute.split(' ')[0]).sort()).toEqual(
      expect.arrayContaining(['Prompt', 'Reply-Message', 'State']),
    );
    expect(asked.attributes.filter((attribute) => attributes.includes(attribute))).toEqual([]);
  });

  it('keeps the passcode to itself', async () => {
    const before = home.requests().length;
    const asked = await askPassword(gate, 'dave', password, ['Calling-Station-Id = "198.51.100.4"']);
    const passcode = await passcodeOnPhone(secret);
    expect((await answerChallenge(gate, asked, 'dave', passcode)).code).toBe('Access-Accept');
    const seen = home.requests().slice(before);
    expect(seen.map(({ code }) => code)).toEqual(['Access-Request']);
    expect(seen[0]?.attributes).toContain('Calling-Station-Id = "198.51.100.4"');
    expect(JSON.stringify(seen)).not.toContain(passcode);
  });

  it('relays a Reject with its message', async () => {
    const answer = await askPassword(gate, 'alice', 'wrong');
    expect(answer).toMatchObject({ code: 'Access-Reject', isSigned: true });
    expect(answer.attributes).toContain('Reply-Message = "Not today"');
  });

  it('lets nobody in whom the home server knows but who has no token', async () => {
    expect((await askPassword(gate, 'frank', password)).code).toBe('Access-Reject');
  });

  it('relays a password of 128 octets', async () => {
    expect((await askPassword(gate, 'long', 'p'.repeat(128))).code).toBe('Access-Challenge');
    expect((await askPassword(gate, 'long', `${'p'.repeat(127)}q`)).code).toBe('Access-Reject');
  });

  it("relays the home server's own challenge, its State kept inside ours, then asks for the passcode", async () => {
    const asked = await askPassword(gate, 'bob', password);
    expect(asked.code).toBe('Access-Challenge');
    expect(valueOf(asked, 'Reply-Message')).toBe('Say second');
    expect(valueOf(asked, 'State')).not.toContain(homeServerState.slice(2));
    const askedAgain = await answerChallenge(gate, asked, 'bob', 'second');
    expect(askedAgain.code).toBe('Access-Challenge');
    expect(home.requests().at(-1)?.attributes).toContain(`State = ${homeServerState}`);
    expect(await passThrough('bob', askedAgain)).toMatchObject({ code: 'Access-Accept', attributes });
  });

  it("refuses a wrong answer to the home server's own challenge", async () => {
    const asked = await askPassword(gate, 'bob', password);
    expect((await answerChallenge(gate, asked, 'bob', 'third')).code).toBe('Access-Reject');
  });

  it('believes a home server that does not sign only where the configuration allows it', async () => {
    const asked = await askPassword(gate, 'erin', password, fromOldPlace);
    expect(await passThrough('erin', asked, fromOldPlace)).toMatchObject({ code: 'Access-Accept', attributes });
    expect((await askPassword(gate, 'erin', password, fromStrictPlace)).code).toBe('Access-Reject');
    const events = JSON.parse(await gate.mustRun(['report', '--json'])) as { reason: string; client: string }[];
    expect(events.find(({ client }) => client === 'strict')).toMatchObject({ reason: 'primary-unavailable' });
  });
});
