import { describe, expect, it } from 'vitest';
import { clientConfig, Desk, PEER } from './desk.ts';
import { checkReply, makeRequest, proxyState, userName, userPassword, type RequestFields } from './wire.ts';

const migrating = clientConfig({ messageAuthenticator: 'when-present' });
const EAP = [79, Buffer.from([2, 1, 0, 5, 1])] as const;

async function expectSilence(desk: Desk, datagram: Buffer, reason: string, peer = PEER): Promise<void> {
  await desk.receive(datagram, peer);
  expect(desk.sent).toEqual([]);
  expect(desk.asked).toEqual([]);
  expect(await desk.count(`dropped_packets_total{reason="${reason}"}`)).toBe(1);
}

describe('silence for what is not a packet', () => {
  const valid = makeRequest();
  it.each([
    ['an empty datagram', Buffer.alloc(0)],
    ['fewer than 20 octets', valid.subarray(0, 19)],
    ['fewer octets than Length says', valid.subarray(0, valid.length - 1)],
    ['a Length below 20', Buffer.concat([Buffer.from([1, 7, 0, 19]), valid.subarray(4)])],
    [
      'an attribute of length 1',
      Buffer.concat([Buffer.from([1, 7, 0, 22]), valid.subarray(4, 20), Buffer.from([1, 1])]),
    ],
    [
      'an attribute that runs past Length',
      Buffer.concat([Buffer.from([1, 7, 0, 22]), valid.subarray(4, 20), Buffer.from([1, 9])]),
    ],
  ])('%s (RFC 2865 §3, §5)', async (_what, datagram) => {
    await expectSilence(new Desk(), datagram, 'malformed');
  });

  it('octets beyond Length are padding and change nothing', async () => {
    const request = makeRequest();
    const desk = new Desk();
    checkReply(await desk.answerTo(Buffer.concat([request, Buffer.from('padding')])), request);
  });

  it('reads no further than the source address of a stranger', async () => {
    const desk = new Desk();
    await expectSilence(desk, Buffer.from('noise'), 'unknown-client', { address: '192.0.2.1', port: 1000 });
  });
});

describe('silence for what is not genuine', () => {
  it.each<[string, RequestFields, string]>([
    ['no Message-Authenticator', { signed: 'no' }, 'message-authenticator-missing'],
    ['a Message-Authenticator under another secret', { secret: 'another' }, 'message-authenticator-wrong'],
    ['two Message-Authenticators', { signed: 'twice' }, 'message-authenticator-repeated'],
    [
      'a Message-Authenticator of 4 octets',
      { signed: 'no', attributes: [[80, Buffer.alloc(4)]] },
      'message-authenticator-wrong',
    ],
    [
      'Proxy-State without one (CVE-2024-3596)',
      { signed: 'no', attributes: [userName('a'), proxyState('p')] },
      'proxy-state-unsigned',
    ],
    ['EAP-Message without one (RFC 3579 §3.2)', { signed: 'no', attributes: [userName('a'), EAP] }, 'eap-unsigned'],
    ['Status-Server without one (RFC 5997 §3)', { code: 12, signed: 'no', attributes: [] }, 'status-server-unsigned'],
  ])('%s from a client that must sign', async (_what, fields, reason) => {
    await expectSilence(new Desk(), makeRequest(fields), reason);
  });

  it.each<[string, RequestFields, string]>([
    ['a wrong Message-Authenticator', { secret: 'another' }, 'message-authenticator-wrong'],
    ['two Message-Authenticators', { signed: 'twice' }, 'message-authenticator-repeated'],
    ['Proxy-State without one', { signed: 'no', attributes: [userName('a'), proxyState('p')] }, 'proxy-state-unsigned'],
    ['EAP-Message without one', { signed: 'no', attributes: [userName('a'), EAP] }, 'eap-unsigned'],
    ['Status-Server without one', { code: 12, signed: 'no', attributes: [] }, 'status-server-unsigned'],
  ])('%s from a client in migration', async (_what, fields, reason) => {
    await expectSilence(new Desk({ clients: [migrating] }), makeRequest(fields), reason);
  });

  it('takes the Message-Authenticator wherever it stands', async () => {
    for (const signed of ['first', 'last'] as const) {
      const request = makeRequest({ signed });
      checkReply(await new Desk().answerTo(request), request);
    }
  });

  it('answers a client in migration without one, and shows who still lacks it', async () => {
    const desk = new Desk({ clients: [migrating] });
    const request = makeRequest({ signed: 'no' });
    checkReply(await desk.answerTo(request), request);
    expect(await desk.count('unsigned_requests_total{client="vpn"}')).toBe(1);
    expect(await desk.count('unsigned_clients')).toBe(1);
    expect(desk.warnings.map(({ fields }) => fields)).toEqual([{ client: 'vpn' }]);
  });

  it.each([2, 3, 4, 5, 11, 13, 40, 43, 255])('code %d', async (code) => {
    await expectSilence(new Desk(), makeRequest({ code }), 'code-unsupported');
  });
});

describe('silence for passwords of which nobody can tell the right one', () => {
  it('two States: with a foreign one before ours a passcode would pass for a password', async () => {
    const attributes = [userName('alice'), [24, Buffer.from('theirs')] as const, [24, Buffer.from('ours')] as const];
    await expectSilence(new Desk(), makeRequest({ attributes }), 'state-repeated');
  });

  it('two of them', async () => {
    const attributes = [userName('alice'), userPassword('one'), userPassword('two')];
    await expectSilence(new Desk(), makeRequest({ attributes }), 'password-repeated');
  });
});
