import { describe, expect, it } from 'vitest';
import { decodePacket, RadiusError } from '../../../src/radius/index.ts';
import { octets } from '../../support/octets.ts';

const HEADER = '00112233445566778899aabbccddeeff';

function codeOf(datagram: Buffer): string {
  try {
    decodePacket(datagram);
    return 'decoded';
  } catch (error) {
    return error instanceof RadiusError ? error.code : 'another error';
  }
}

describe('decodePacket (RFC 2865 §3, §5)', () => {
  it.each([
    ['nothing', '', 'packet-too-short'],
    ['nineteen octets', `01 00 0014 ${HEADER.slice(2)}`, 'packet-too-short'],
    ['a Length below the header', `01 00 0013 ${HEADER}`, 'length-invalid'],
    ['a Length above 4096', `01 00 1001 ${HEADER}`, 'length-invalid'],
    ['a Length beyond the datagram', `01 00 0015 ${HEADER}`, 'packet-too-short'],
    ['an attribute of length 0', `01 00 0016 ${HEADER} 01 00`, 'attribute-truncated'],
    ['an attribute of length 1', `01 00 0016 ${HEADER} 01 01`, 'attribute-truncated'],
    ['an attribute past Length', `01 00 0016 ${HEADER} 01 03 61`, 'attribute-truncated'],
    ['a lone type octet at the end', `01 00 0015 ${HEADER} 01`, 'attribute-truncated'],
    ['an empty attribute', `01 00 0016 ${HEADER} 01 02`, 'decoded'],
    ['padding after Length', `01 00 0014 ${HEADER} 01 00 ff`, 'decoded'],
  ])('takes %s as %s → %s', (_, datagram, outcome) => {
    expect(codeOf(octets(datagram))).toBe(outcome);
  });

  it('leaves padding out of the attributes', () => {
    expect(decodePacket(octets(`01 00 0014 ${HEADER} 01 03 61`)).attributes).toEqual([]);
  });

  it('keeps a malformed vendor body raw', () => {
    const packet = decodePacket(octets(`01 00 001b ${HEADER} 1a 07 00000137 ff`));
    expect(packet.attributes).toEqual([{ type: 26, value: octets('00000137ff') }]);
  });

  it('takes 4096 octets and not one more, whatever follows them as padding', () => {
    const full = packetOf(4096);
    expect(decodePacket(full).attributes.reduce((sum, { value }) => sum + value.length + 2, 20)).toBe(4096);
    expect(codeOf(Buffer.concat([full, Buffer.alloc(1)]))).toBe('decoded');
    expect(codeOf(packetOf(4097))).toBe('length-invalid');
  });

  it('takes as many attributes as there is room for', () => {
    const many = Buffer.concat([Buffer.from([1, 0, 0x10, 0]), Buffer.alloc(16), Buffer.alloc(4076)]);
    for (let at = 20; at < many.length; at += 2) many.set([33, 2], at);
    expect(decodePacket(many).attributes).toEqual(new Array(2038).fill({ type: 33, value: Buffer.alloc(0) }));
  });
});

/** A packet of that many octets: attributes of 254, the last one of what is left. */
function packetOf(octetCount: number): Buffer {
  const packet = Buffer.alloc(octetCount);
  packet.set([1, 7, octetCount >> 8, octetCount & 0xff]);
  for (let at = 20; at < octetCount; at += 254) packet.set([25, Math.min(254, octetCount - at)], at);
  return packet;
}
