import { beforeAll, expect, it } from 'vitest';

import {
  authenticatorResponse,
  microsoftAttributes,
  MicrosoftType,
  mppeKeys,
  type Attribute,
} from '../../src/radius/index.ts';
import { changeByMsChap2 } from '../support/password-change.ts';
import { byMsChap2 } from '../support/peer-proofs.ts';
import type { AppPhone } from '../support/phones/app-phone.ts';
import { clientSection, startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { APP, givePhone, promptOn, publicConsole } from '../whole/second-doors.ts';
import { showLogOfFailures } from './failure-log.ts';
import { changeGranted } from './freeradius-eap.ts';
import { homeServerSection, startFreeRadius, type FreeRadius } from './freeradius.ts';
import { passcodeOnPhone } from './phone.ts';
import { describeWithPeers } from './presence.ts';
import { sendRequest, valueOf, type Answer } from './radclient.ts';

const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const password = 'correct horse';

// By its source address a request is one of these clients.
const from = { plain: '127.0.0.1', push: '127.0.0.2', code: '127.0.0.3', local: '127.0.0.4' } as const;

describeWithPeers(
  ['freeradius', 'radclient', 'oathtool', 'openssl'],
  'CHAP and MS-CHAP through us to FreeRADIUS',
  () => {
    const keep = stopAfterwards();
    let home: FreeRadius;
    let gate: Sallyport;
    let phone: AppPhone;
    let hers: AppPhone;

    beforeAll(async () => {
      const users = ['alice', 'bob'].map((name) => ({ name, password, attributes: ['Class = 0x6869'] }));
      const expired = { name: 'carol', password, attributes: ['Class = 0x6869'], isExpired: true };
      home = await keep(startFreeRadius({ users: [...users, expired], eap: { namesInner: true } }));
      gate = await keep(
        startSallyport({
          clients: [
            clientSection('plain', from.plain, { primary: 'corp', policy: 'none' }),
            clientSection('push', from.push, { primary: 'corp', policy: 'push', challenge: false }),
            clientSection('code', from.code, { primary: 'corp', policy: 'code' }),
            clientSection('local', from.local, { primary: 'local', policy: 'none' }),
          ],
          primaries: { corp: { type: 'radius', servers: [homeServerSection(home)], timeoutSeconds: 1 } },
          sections: {
            policies: { none: { factors: [] }, push: { factors: ['push'] }, code: { factors: ['totp'] } },
            factors: { push: { app: APP } },
            console: await publicConsole(),
          },
        }),
      );
      await gate.importTokens(['alice', 'bob', 'carol'], secret);
      phone = await givePhone(gate, 'alice');
      hers = await givePhone(gate, 'carol');
    });
    showLogOfFailures(() => `${home.log().slice(-20_000)}\n${gate.log()}`);

    const ask = (client: keyof typeof from, ...attributes: readonly string[]): Promise<Answer> =>
      sendRequest(gate, [`User-Name = "alice"`, `Packet-Src-IP-Address = ${from[client]}`, ...attributes]);
    /** radclient computes the response; the challenge of CHAP is its request authenticator. */
    const chap = (typed: string): string => `CHAP-Password = "${typed}"`;
    const msChap = (typed: string): string => `MS-CHAP-Password = "${typed}"`;

    it('relays CHAP, the implicit challenge spelt out', async () => {
      expect(await ask('plain', chap(password))).toMatchObject({ code: 'Access-Accept', isSigned: true });
      expect(home.requests().at(-1)?.attributes.join()).toMatch(/CHAP-Challenge = 0x[0-9a-f]{32}/);
      expect((await ask('plain', chap('wrong'))).code).toBe('Access-Reject');
    });

    it('relays MS-CHAP, with its keys and its errors', async () => {
      const direct = await sendRequest(home, ['User-Name = "alice"', msChap(password)]);
      const answer = await ask('plain', msChap(password));
      expect(answer.code).toBe('Access-Accept');
      expect(valueOf(direct, 'MS-CHAP-MPPE-Keys')).toMatch(/^0x0{16}[0-9a-f]{32}/);
      expect(valueOf(answer, 'MS-CHAP-MPPE-Keys')).toBe(valueOf(direct, 'MS-CHAP-MPPE-Keys'));
      expect(valueOf(await ask('plain', msChap('wrong')), 'MS-CHAP-Error')).toContain('E=691');
    });

    it.each([
      ['CHAP', chap],
      ['MS-CHAP', msChap],
    ])('holds the Accept of %s until a push is approved', async (_, prove) => {
      const held = ask('push', prove(password));
      await phone.answer(await promptOn(phone), { kind: 'approved' });
      expect(await held).toMatchObject({
        code: 'Access-Accept',
        attributes: expect.arrayContaining(['Class = 0x6869']) as string[],
      });
    });

    it('tells a peer of MS-CHAP that the push was denied', async () => {
      const held = ask('push', msChap(password));
      await phone.answer(await promptOn(phone), { kind: 'denied' });
      expect(valueOf(await held, 'MS-CHAP-Error')).toMatch(/^.{0,4}E=691 R=0 C=[0-9A-F]{16} V=2$/);
    });

    it('asks for a passcode and takes it by CHAP', async () => {
      const asked = await ask('code', chap(password));
      expect(asked.code).toBe('Access-Challenge');
      const state = `State = ${valueOf(asked, 'State') ?? ''}`;
      const again = await ask('code', chap('000000'), state);
      expect(again.code).toBe('Access-Challenge');
      const answer = await ask('code', chap(await passcodeOnPhone(secret)), `State = ${valueOf(again, 'State') ?? ''}`);
      expect(answer).toMatchObject({ code: 'Access-Accept', attributes: ['Class = 0x6869'] });
    });

    it('relays MS-CHAP-V2, with the proof of the home server and its keys', async () => {
      const proof = byMsChap2(password, 'alice');
      const answer = await ask('plain', ...packed(proof));
      expect(answer.code).toBe('Access-Accept');
      expect(provenBy(answer)).toEqual(proofOver(proof, password));
      const refused = await ask('plain', ...packed(byMsChap2('wrong', 'alice')));
      expect(valueOf(refused, 'MS-CHAP-Error')).toContain('E=691');
    });

    it('takes a passcode by MS-CHAP-V2, and proves that it knows it', async () => {
      const asked = await ask('code', ...packed(byMsChap2(password, 'alice')));
      const passcode = await passcodeOnPhone(secret, 1);
      const proof = byMsChap2(passcode, 'alice');
      const answer = await ask('code', ...packed(proof), `State = ${valueOf(asked, 'State') ?? ''}`);
      expect(answer.code).toBe('Access-Accept');
      expect(answer.attributes).toContain('Class = 0x6869');
      expect(provenBy(answer)).toEqual(proofOver(proof, passcode));
    });

    it('relays a change of an expired password once the phone has approved', async () => {
      const { attributes } = changeByMsChap2(password, 'battery staple', 'carol');
      const carol = ['User-Name = "carol"', `Packet-Src-IP-Address = ${from.push}`];
      const change = (): Promise<Answer> => sendRequest(gate, [...carol, ...attributes.map(printed)]);
      const changes = (): readonly string[][] => home.requests().map((seen) => seen.attributes.filter(isOfChange));
      expect((await change()).code).toBe('Access-Reject');
      const refused = await sendRequest(gate, [...carol, ...packed(byMsChap2(password, 'carol'))]);
      expect(valueOf(refused, 'MS-CHAP-Error')).toContain('E=648');
      const held = change();
      const prompt = await promptOn(hers);
      expect(changes().flat()).toEqual([]);
      await hers.answer(prompt, { kind: 'approved' });
      const answer = await held;
      expect(answer).toMatchObject({ code: 'Access-Accept', isSigned: true });
      expect(answer.attributes).toContain('Class = 0x6869');
      expect(provenBy(answer)).toEqual(Object.values(changeGranted));
      expect(changes().at(-1)).toEqual(attributes.map(printed).filter(isOfChange));
    });

    it('refuses both where the passwords are hashes', async () => {
      for (const prove of [chap, msChap]) expect((await ask('local', prove(password))).code).toBe('Access-Reject');
      expect((await gate.events('alice'))[0]).toMatchObject({ reason: 'credentials-unsupported', client: 'local' });
    });
  },
);

type Proof = ReturnType<typeof byMsChap2>;

function packed({ challenge, response }: Proof): string[] {
  return [
    `MS-CHAP-Challenge = 0x${challenge.toString('hex')}`,
    `MS-CHAP2-Response = 0x${response?.toString('hex') ?? ''}`,
  ];
}

/** What the device of the user looks at: the proof of the other side, and the keys. */
function provenBy(answer: Answer): (string | undefined)[] {
  return ['MS-CHAP2-Success', 'MS-MPPE-Send-Key', 'MS-MPPE-Recv-Key'].map((name) => valueOf(answer, name));
}

function proofOver({ challenge, response = Buffer.alloc(0) }: Proof, typed: string): string[] {
  const [peerChallenge, given] = [response.subarray(2, 18), response.subarray(26)];
  const exchange = { challenge, peerChallenge, username: Buffer.from('alice') };
  const success = `\u0007${authenticatorResponse(exchange, given, Buffer.from(typed))}`;
  const { send, receive } = mppeKeys(given, Buffer.from(typed));
  return [Buffer.from(success), send, receive].map((octets) => `0x${octets.toString('hex')}`);
}

/** A Vendor-Specific as radclient reads it. */
function printed({ value }: Attribute): string {
  const [one] = microsoftAttributes(value);
  return `${NAMES[one?.type ?? 0] ?? ''} = 0x${one?.value.toString('hex') ?? ''}`;
}

const NAMES: Readonly<Record<number, string>> = {
  [MicrosoftType.msChapNtEncryptedPassword]: 'MS-CHAP-NT-Enc-PW',
  [MicrosoftType.msChapChallenge]: 'MS-CHAP-Challenge',
  [MicrosoftType.msChap2ChangePassword]: 'MS-CHAP2-CPW',
};

function isOfChange(line: string): boolean {
  return /^MS-CHAP2-CPW|^MS-CHAP-NT-Enc-PW/.test(line);
}
