import { describe, expect, it } from 'vitest';
import type { AccessRequest, UserAddressSource } from '../../../src/access/index.ts';
import { shownAddressOf, userAddressOf, userAddressTextOf } from '../../../src/access/station.ts';
import { microsoft } from '../../support/rd-gateway.ts';

type Pair = readonly [type: number, value: Buffer | string];

const CALLING: UserAddressSource = { attributes: [{ type: 31, form: 'text' }], isTrusted: true };
const PALO_ALTO: UserAddressSource = { attributes: [{ type: 26, form: 'text' }], isTrusted: true };

function request(userAddress: UserAddressSource, ...pairs: readonly Pair[]): AccessRequest {
  const attributes = pairs.map(([type, value]) => ({ type, value: Buffer.from(value as string) }));
  return { client: { userAddress }, attributes } as unknown as AccessRequest;
}

const source = (vendor: number | undefined, type: number, form: 'text' | 'tagged' | 'octets'): UserAddressSource => ({
  attributes: [{ type, form, ...(vendor !== undefined && { vendor }) }],
  isTrusted: true,
});

function ofVendor(vendor: number, ...inner: readonly Pair[]): Pair {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(vendor);
  const parts = inner.map(([type, value]) =>
    Buffer.concat([Buffer.from([type, Buffer.byteLength(value) + 2]), Buffer.from(value as string)]),
  );
  return [26, Buffer.concat([head, ...parts])];
}

describe('the address of the user', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['192.0.2.7[4500]', '192.0.2.7'],
  ])('is what Calling-Station-Id says: %s', (text, address) => {
    const told = userAddressOf(request(CALLING, [31, text]));
    expect(told).toEqual(userAddressOf(request(CALLING, [31, address])));
    expect([4, 16]).toContain(told?.length);
  });

  it.each(['', '+45 1234', '00-11-22-33-44-55', '192.0.2.7:4500', '192.0.2.7 ', '192.0.2.7[x]', '192.0.2.7[4500][1]'])(
    'is none where "%s" stands',
    (text) => expect(userAddressOf(request(CALLING, [31, text]))).toBeUndefined(),
  );

  it('is none where it stands twice: the user may have written one of them', () => {
    const twice = request(CALLING, [31, '10.0.0.1'], [31, '192.0.2.7']);
    expect(userAddressOf(twice)).toBeUndefined();
    expect(userAddressTextOf(twice)).toBe('');
  });

  it('is read from the attribute of a vendor, alone or beside others in one Vendor-Specific', () => {
    const paloAlto = source(25461, 7, 'text');
    const beside = ofVendor(25461, [8, 'Windows'], [7, '192.0.2.7']);
    expect(userAddressOf(request(paloAlto, beside))).toEqual(Buffer.from([192, 0, 2, 7]));
    expect(userAddressOf(request(paloAlto, ofVendor(9, [7, '192.0.2.7'])))).toBeUndefined();
    expect(userAddressOf(request(paloAlto, beside, ofVendor(25461, [7, '10.0.0.1'])))).toBeUndefined();
    expect(userAddressOf(request(paloAlto, [26, Buffer.from([0, 0, 0x63, 0x75, 7, 99, 49])]))).toBeUndefined();
    expect(userAddressOf(request(paloAlto, [31, '192.0.2.7']))).toBeUndefined();
  });

  it('is read behind a tag, and from octets', () => {
    const tagged = source(undefined, 66, 'tagged');
    expect(userAddressOf(request(tagged, [66, '\u0001192.0.2.7']))).toEqual(Buffer.from([192, 0, 2, 7]));
    expect(userAddressOf(request(tagged, [66, '192.0.2.7']))).toEqual(Buffer.from([192, 0, 2, 7]));
    const octets = source(311, 61, 'octets');
    const ipv4 = request(octets, [26, microsoft(61, Buffer.from([192, 0, 2, 7]))]);
    expect(userAddressOf(ipv4)).toEqual(Buffer.from([192, 0, 2, 7]));
    expect(userAddressTextOf(ipv4)).toBe('192.0.2.7');
    expect(userAddressOf(request(octets, [26, microsoft(61, Buffer.from('1::2:3'))]))).toBeUndefined();
    const mapped = Buffer.concat([Buffer.alloc(10), Buffer.from([0xff, 0xff, 192, 0, 2, 7])]);
    expect(userAddressOf(request(octets, [26, microsoft(61, mapped)]))).toEqual(Buffer.from([192, 0, 2, 7]));
  });

  it('is that of the first attribute of a list that the request holds', () => {
    const both: UserAddressSource = {
      attributes: [...source(undefined, 66, 'tagged').attributes, ...CALLING.attributes],
      isTrusted: true,
    };
    expect(userAddressTextOf(request(both, [31, '10.0.0.1'], [66, '192.0.2.7']))).toBe('192.0.2.7');
    expect(userAddressTextOf(request(both, [31, '10.0.0.1']))).toBe('10.0.0.1');
    expect(userAddressOf(request(both, [31, '10.0.0.1'], [66, 'nowhere']))).toBeUndefined();
  });

  it('is shown and judged by nobody where the NAS is known to send none', () => {
    const none = request({ attributes: [], isTrusted: true }, [31, '192.0.2.7']);
    expect([userAddressOf(none), userAddressTextOf(none)]).toEqual([undefined, '']);
  });

  it('is shown but not judged where it is not known whose it is', () => {
    const unknown = request({ ...CALLING, isTrusted: false }, [31, '192.0.2.7']);
    expect([userAddressOf(unknown), userAddressTextOf(unknown)]).toEqual([undefined, '192.0.2.7']);
  });

  it('shows nothing on a phone that breaks lines or turns text around', () => {
    expect(shownAddressOf(request(CALLING, [31, '192.0.2.7\n\u202eapprove']))).toBe('192.0.2.7approve');
    expect(shownAddressOf(request(PALO_ALTO))).toBe('');
  });
});
