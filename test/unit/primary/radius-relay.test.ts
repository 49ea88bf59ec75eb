import { describe, expect, it } from 'vitest';
import type { PrimaryRequest } from '../../../src/primary/index.ts';
import { requestAttributes } from '../../../src/primary/home-server/relay.ts';
import type { Attribute } from '../../../src/radius/index.ts';

const HIDDEN = Buffer.alloc(16, 9);
const NAMED: Attribute = { type: 4, value: Buffer.from([192, 0, 2, 1]) };
const USER: Attribute = { type: 1, value: Buffer.from('alice') };
const attribute = (type: number, text = 'x'): Attribute => ({ type, value: Buffer.from(text) });
const microsoft = (type: number): Attribute => ({ type: 26, value: Buffer.from([0, 0, 1, 55, type, 4, 1, 2]) });

function relayed(attributes: readonly Attribute[], options: Partial<PrimaryRequest> = {}): Attribute[] {
  const request: PrimaryRequest = {
    username: Buffer.from('alice'),
    usernameText: 'alice',
    credentials: { kind: 'pap', password: Buffer.from('x') },
    attributes,
    requestId: 'request-1',
    ...options,
  };
  return requestAttributes(request, request.credentials.kind === 'pap' ? HIDDEN : undefined, Buffer.from('sallyport'));
}

describe('the attributes for a home server', () => {
  it("are the client's in their order, unknown ones bit for bit, the password in its place", () => {
    const unknown = { type: 251, value: Buffer.from([0, 255, 128]) };
    const foreign = { type: 26, value: Buffer.from([0, 0, 0, 9, 1, 3, 255]) };
    const odd = { type: 26, value: Buffer.from([1]) };
    const given = [unknown, USER, attribute(2, 'hidden by the client'), foreign, NAMED, odd, unknown];
    expect(relayed(given)).toEqual([unknown, USER, { type: 2, value: HIDDEN }, foreign, NAMED, odd, unknown]);
  });

  it("lack the client's State, Proxy-State and Message-Authenticator", () => {
    expect(relayed([USER, attribute(24), attribute(33), attribute(80), attribute(33), NAMED])).toEqual([
      USER,
      NAMED,
      { type: 2, value: HIDDEN },
    ]);
  });

  it('have one form of the password only (RFC 2865 §4.1)', () => {
    const others = [attribute(2), attribute(2), attribute(3), attribute(60), attribute(79)];
    const msChap = [microsoft(1), microsoft(11), microsoft(25)];
    expect(relayed([USER, ...others, ...msChap, microsoft(50), NAMED])).toEqual([
      USER,
      { type: 2, value: HIDDEN },
      microsoft(50),
      NAMED,
    ]);
  });

  it('spell out a challenge of CHAP that was the authenticator of the client (RFC 2865 §5.40)', () => {
    const response = Buffer.alloc(17, 3);
    const challenge = Buffer.alloc(16, 4);
    const chap = { kind: 'chap', response, challenge } as const;
    const given = [USER, { type: 3, value: response }, NAMED, attribute(79), microsoft(25)];
    const implicit = relayed(given, { credentials: { ...chap, isImplicit: true } });
    expect(implicit).toEqual([USER, { type: 3, value: response }, NAMED, { type: 60, value: challenge }]);
    const explicit = [...given, { type: 60, value: challenge }];
    expect(relayed(explicit, { credentials: { ...chap, isImplicit: false } })).toEqual(implicit);
  });

  it('hold MS-CHAP and EAP octet by octet, and no other password', () => {
    const all = [USER, attribute(2), attribute(3), attribute(60), attribute(79, 'a'), attribute(79, 'b'), NAMED];
    const msChap = [microsoft(11), microsoft(27), microsoft(6), microsoft(6)];
    const eap = { kind: 'eap', message: Buffer.from('ab') } as const;
    expect(relayed([...all, ...msChap], { credentials: eap })).toEqual([
      USER,
      attribute(79, 'a'),
      attribute(79, 'b'),
      NAMED,
    ]);
    const challenge = Buffer.alloc(16);
    const credentials = { kind: 'ms-chap', version: 2, identifier: 1, challenge, response: undefined } as const;
    expect(relayed([...all, ...msChap], { credentials })).toEqual([USER, NAMED, ...msChap]);
  });

  it('have no password when the user gave none', () => {
    expect(relayed([USER, attribute(2), NAMED], { credentials: { kind: 'none' } })).toEqual([USER, NAMED]);
  });

  it.each([4, 32, 95])('leave the name of the client as it is (attribute %d)', (type) => {
    expect(relayed([USER, attribute(type)]).map((one) => one.type)).toEqual([1, type, 2]);
  });

  it('name us where the client has no name (RFC 2865 §4.1)', () => {
    expect(relayed([USER]).at(-1)).toEqual(attribute(32, 'sallyport'));
  });

  it('begin with User-Name where the client sent none', () => {
    expect(relayed([NAMED])[0]).toEqual(USER);
    expect(relayed([NAMED], { username: Buffer.alloc(0) }).map((one) => one.type)).toEqual([4, 2]);
  });

  it("carry the home server's State in its own conversation", () => {
    const conversation = { primary: 'corp', server: 's', state: Buffer.from('theirs') };
    expect(relayed([USER, attribute(24, 'ours'), NAMED], { conversation }).at(-1)).toEqual(attribute(24, 'theirs'));
    expect(relayed([USER, NAMED], { conversation: { primary: 'corp', server: 's' } }).map((one) => one.type)).toEqual([
      1, 4, 2,
    ]);
  });
});
