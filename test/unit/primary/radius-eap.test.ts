import { afterEach, describe, expect, it } from 'vitest';
import type { HomeServerConversation, PrimaryRequest, PrimaryResult } from '../../../src/primary/index.ts';
import { MicrosoftType, microsoftValue, type Attribute } from '../../../src/radius/index.ts';
import { primaryRequest } from '../../contract/primary.ts';
import { ScriptedHomeServer, type AskedPacket } from '../../support/home-server.ts';
import { byChap, byEap, byMsChap2 } from '../../support/peer-proofs.ts';
import { radiusSubject, type RadiusSubject, type SubjectOptions } from './radius-subject.ts';

const USER_NAME = 1;
const EAP_MESSAGE = 79;
const [IDENTITY, NAK, TOKEN_CARD, TTLS, PEAP, MS_CHAP_V2] = [1, 3, 6, 21, 25, 26];
const SUCCESS = [EAP_MESSAGE, Buffer.from([3, 1, 0, 4])] as const;
const ASKS = [EAP_MESSAGE, Buffer.from([1, 2, 0, 6, 25, 32])] as const;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Servers = readonly ScriptedHomeServer[];

async function scene(servers: Servers, options: SubjectOptions = {}): Promise<RadiusSubject> {
  const subject = radiusSubject(servers, options);
  for (const server of servers) closing.push(() => server.stop());
  closing.push(() => subject.primary.stop());
  await subject.primary.start();
  return subject;
}

/** A home server that asks on until it is told what to say. */
const asking = (): Promise<ScriptedHomeServer> =>
  ScriptedHomeServer.start((packet) => packet.reply('Access-Challenge', [[24, Buffer.from('theirs')], ASKS]));

function eapRequest(packet: ReturnType<typeof byEap>, conversation?: HomeServerConversation): PrimaryRequest {
  const { message } = packet;
  const pieces = [message.subarray(0, 253), message.subarray(253)].filter(({ length }) => length > 0);
  const request = primaryRequest('alice', packet);
  return {
    ...request,
    attributes: [...request.attributes, ...pieces.map((value): Attribute => ({ type: EAP_MESSAGE, value }))],
    ...(conversation !== undefined && { conversation }),
  };
}

/** Runs a conversation of these packets; the last one is accepted. */
async function converse(
  packets: readonly ReturnType<typeof byEap>[],
  options: SubjectOptions = {},
  accept: (packet: AskedPacket) => void = (packet) => packet.accept([SUCCESS, [USER_NAME, Buffer.from('inner')]]),
): Promise<PrimaryResult> {
  const server = await asking();
  const { primary } = await scene([server], options);
  let result: PrimaryResult | undefined;
  for (const [index, packet] of packets.entries()) {
    if (index === packets.length - 1) server.script = accept;
    const conversation = result?.kind === 'challenged' ? result.conversation : undefined;
    result = await primary.authenticate(eapRequest(packet, conversation));
  }
  return result!;
}

const identity = byEap(IDENTITY, 'alice');
const sealed = [identity, byEap(PEAP, 'whatever')];
const identityOf = (result: PrimaryResult): unknown =>
  result.kind === 'accepted' ? (result.identity?.toString() ?? 'that of the request') : result.kind;

describe('a conversation by EAP', () => {
  it('passes octet by octet in its pieces, signed, with the State of the home server', async () => {
    const server = await asking();
    const { primary } = await scene([server]);
    const first = await primary.authenticate(eapRequest(identity));
    expect(first).toMatchObject({ kind: 'challenged', attributes: [{ type: EAP_MESSAGE, value: ASKS[1] }] });
    const long = byEap(PEAP, Buffer.alloc(400, 7));
    const { conversation } = first as Extract<PrimaryResult, { kind: 'challenged' }>;
    await primary.authenticate(eapRequest(long, conversation));
    const [, second] = server.asked;
    expect(Buffer.concat(second!.values(EAP_MESSAGE))).toEqual(long.message);
    expect(second!.values(EAP_MESSAGE)).toHaveLength(2);
    expect(second!.values(24)).toEqual([Buffer.from('theirs')]);
    expect(second!.types[0]).toBe(80);
    expect(second!.isSigned).toBe(true);
  });

  it('stays with the home server it began at', async () => {
    const servers = [await asking(), await asking()];
    const { primary } = await scene(servers, { strategy: 'load-balance' });
    let result = await primary.authenticate(eapRequest(identity));
    for (let round = 0; round < 6; round += 1) {
      if (result.kind !== 'challenged') throw new Error(result.kind);
      result = await primary.authenticate(eapRequest(byEap(PEAP, 'x'), result.conversation));
    }
    expect(servers.map(({ asked }) => asked.length).toSorted()).toEqual([0, 7]);
  });

  it('is not believed where the reply has no Message-Authenticator, whatever the rule', async () => {
    const unsigned = await ScriptedHomeServer.start((packet) =>
      packet.reply('Access-Accept', [SUCCESS], { messageAuthenticator: false }),
    );
    const { primary, clock, metric } = await scene([unsigned], { messageAuthenticator: 'when-present', attempts: 1 });
    const asked = primary.authenticate(eapRequest(identity));
    await unsigned.hasBeenAsked(1);
    const name = `home_server_ignored_replies_total{127.0.0.1:${unsigned.port},message-authenticator-missing}`;
    while (metric(name) === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(3_500);
    expect((await asked).kind).toBe('unavailable');
  });
});

describe('who was authenticated', () => {
  const opened = (name: string, valueOctets = 49) =>
    byEap(MS_CHAP_V2, Buffer.concat([Buffer.of(2, 0, 0, 0, valueOctets), Buffer.alloc(49), Buffer.from(name)]));

  it.each([
    ['a token card', [identity, byEap(TOKEN_CARD, '123456')]],
    ['MS-CHAP-V2', [identity, byEap(NAK, Buffer.of(MS_CHAP_V2)), opened('Alice')]],
    ['a NAS that begins before it has a name', [{ kind: 'eap', message: Buffer.alloc(0) } as const, identity]],
  ])('is the user of the request by %s', async (_, packets) => {
    expect(identityOf(await converse(packets))).toBe('that of the request');
    expect(identityOf(await converse(packets, { eapIdentity: 'accept' }))).toBe('inner');
  });

  it.each([
    ['PEAP', sealed],
    ['a sealed method before an open one', [identity, byEap(TTLS), byEap(TOKEN_CARD)]],
    ['another name in the response of MS-CHAP-V2', [identity, opened('bob')]],
    ['a name that may stand elsewhere in that response', [identity, opened('alice', 48)]],
    ['the same name of another domain', [identity, opened('corp\\alice')]],
    ['another name in EAP than in User-Name', [byEap(IDENTITY, 'bob'), byEap(TOKEN_CARD)]],
    ['a method that nobody knows here', [identity, byEap(254, 'x')]],
  ])('is not proved by %s', async (_, packets) => {
    expect(identityOf(await converse(packets))).toBe('unproven');
    expect(identityOf(await converse(packets, { eapIdentity: 'accept' }))).toBe('inner');
    expect(identityOf(await converse(packets, { eapIdentity: 'request' }))).toBe('that of the request');
  });

  it('is not said by an Accept without a name', async () => {
    const accept = (packet: AskedPacket): void => packet.accept([SUCCESS]);
    expect(identityOf(await converse(sealed, { eapIdentity: 'accept' }, accept))).toBe('unproven');
  });

  it('is the user of the request wherever there is no EAP', async () => {
    const server = await ScriptedHomeServer.start((packet) => packet.accept([[USER_NAME, Buffer.from('other')]]));
    const { primary } = await scene([server], { eapIdentity: 'accept' });
    expect(identityOf(await primary.authenticate(primaryRequest('alice', byChap('x'))))).toBe('that of the request');
  });
});

describe('a change of an expired password (RFC 2548 §2.3.4)', () => {
  const microsoft = (type: number, value: Buffer): Attribute => ({ type: 26, value: microsoftValue(type, value) });
  const expired = Buffer.from('\u0007E=648 R=0 C=00 V=3 M=expired');

  it('is asked for by the home server, and goes to it octet by octet', async () => {
    const server = await ScriptedHomeServer.start((packet, count) => {
      if (count === 1)
        packet.reject([
          [26, microsoftValue(MicrosoftType.msChapError, expired)],
          [25, Buffer.from('x')],
        ]);
      else packet.accept([[26, microsoftValue(MicrosoftType.msChap2Success, Buffer.from('\u0007S=1'))]]);
    });
    const { primary } = await scene([server]);
    const first = await primary.authenticate(primaryRequest('alice', byMsChap2('old', 'alice')));
    expect(first).toEqual({
      kind: 'rejected',
      reason: 'password-expired',
      attributes: [microsoft(MicrosoftType.msChapError, expired)],
    });
    const change = [
      microsoft(MicrosoftType.msChapChallenge, Buffer.alloc(16, 1)),
      microsoft(MicrosoftType.msChap2ChangePassword, Buffer.alloc(68, 2)),
      ...[1, 2, 3].map((chunk) => microsoft(MicrosoftType.msChapNtEncryptedPassword, Buffer.alloc(176, chunk))),
    ];
    const credentials = { ...byMsChap2('old', 'alice'), response: undefined };
    const second = await primary.authenticate({ ...primaryRequest('alice', credentials), attributes: change });
    expect(server.asked[1]?.values(26)).toEqual(change.map(({ value }) => value));
    expect(second).toMatchObject({ kind: 'accepted', attributes: [{ type: 26 }] });
  });

  it.each(['E=691 R=0 C=00 V=3 M=E=648', 'E=6480 R=0', 'E=647 R=0', ''])(
    'is not asked for by another error: %s',
    async (text) => {
      const error = microsoftValue(MicrosoftType.msChapError, Buffer.from(`\u0007${text}`));
      const server = await ScriptedHomeServer.start((packet) => packet.reject([[26, error]]));
      const { primary } = await scene([server]);
      const said = await primary.authenticate(primaryRequest('alice', byMsChap2('old', 'alice')));
      expect(said).toMatchObject({ kind: 'rejected', reason: 'rejected-upstream' });
    },
  );
});
