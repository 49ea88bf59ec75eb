import { describe, expect, it } from 'vitest';
import { loadOwnDictionary } from '../../../src/policies.ts';
import {
  encodeReplyAttribute,
  selectorOf,
  withOurs,
  withoutSelected,
  type ClearAttribute,
} from '../../../src/radius/index.ts';

const dictionary = loadOwnDictionary();

function attributes(...pairs: readonly (readonly [name: string, value: string | number])[]): ClearAttribute[] {
  return pairs.flatMap(([name, value]) => {
    const encoded = encodeReplyAttribute(dictionary, name, value);
    if (encoded.kind === 'refused') throw new Error(encoded.problem);
    return encoded.attributes;
  });
}

function without(from: readonly ClearAttribute[], ...names: readonly string[]): readonly ClearAttribute[] {
  const selectors = names
    .map((name) => selectorOf(dictionary, name))
    .filter((selector) => typeof selector !== 'string');
  return withoutSelected(from, selectors, dictionary);
}

const hex = (list: readonly ClearAttribute[]): string[] =>
  list.map(({ type, value }) => `${type}:${value.toString('hex')}`);

describe('the attributes of names and values', () => {
  it.each([
    ['Class', '0x00ff', ['25:00ff']],
    ['Filter-Id', 'staff', ['11:7374616666']],
    ['Session-Timeout', 3600, ['27:00000e10']],
    ['Service-Type', 'Framed-User', ['6:00000002']],
    ['Framed-IP-Address', '192.0.2.1', ['8:c0000201']],
    ['Fortinet-Group-Name', 'vpn', ['26:00003044010576706e']],
    ['Cisco-AVPair', 'a=b', ['26:000000090105613d62']],
    ['PaloAlto-User-Group', 'g', ['26:00006375050367']],
    ['Tunnel-Private-Group-Id:1', '20', ['81:013230']],
    ['Tunnel-Type:2', 'VLAN', ['64:0200000d']],
    ['Tunnel-Password:1', 's', ['69:0173']],
    ['Attr-26.9.250', '0x01', ['26:00000009fa0301']],
  ])('%s = %s', (name, value, octets) => {
    expect(hex(attributes([name, value]))).toEqual(octets);
  });

  it('are marked to be hidden where the wire hides them', () => {
    expect(attributes(['Tunnel-Password:1', 's'])[0]).toMatchObject({ hidden: 'salted' });
  });
});

describe('what is taken out', () => {
  it('is of that name and tag alone', () => {
    const all = attributes(['Class', 'a'], ['Filter-Id', 'b'], ['Tunnel-Type:1', 'VLAN'], ['Tunnel-Type:2', 'L2TP']);
    expect(without(all, 'Class', 'Tunnel-Type:2')).toEqual([all[1], all[2]]);
    expect(without(all, 'Tunnel-Type')).toEqual([all[0], all[1]]);
    expect(without(all)).toBe(all);
  });

  it('leaves the other parts of a Vendor-Specific that carries several', () => {
    const packed = { type: 26, value: Buffer.from('00000009' + '0105613d62' + 'fa0301' + '0103ff', 'hex') };
    expect(hex(without([packed], 'Cisco-AVPair'))).toEqual(['26:00000009fa0301']);
    expect(hex(without([packed], 'Cisco-AVPair', 'Attr-26.9.250'))).toEqual([]);
    expect(without([packed], 'Fortinet-Group-Name')[0]).toBe(packed);
  });

  it('goes as a whole where it cannot be taken apart', () => {
    const broken = { type: 26, value: Buffer.from('00000009' + '01ff613d62', 'hex') };
    expect(without([broken], 'Cisco-AVPair')).toEqual([]);
    expect(without([broken], 'Class')).toEqual([broken]);
  });

  it('is a hidden one in clear too', () => {
    const key: ClearAttribute = { type: 26, value: Buffer.from('00000137' + '1000' + 'aabb', 'hex'), hidden: 'salted' };
    expect(without([key], 'MS-MPPE-Recv-Key')).toEqual([key]);
    expect(without([key], 'MS-MPPE-Send-Key')).toEqual([]);
  });

  it('cannot be a part of a part', () => {
    expect(selectorOf(dictionary, 'Attr-26.9.1.2')).toBe('no');
    expect(selectorOf(dictionary, 'Class:1')).toBe('unknown');
    expect(selectorOf(dictionary, 'Nothing')).toBe('unknown');
  });
});

describe('ours behind theirs', () => {
  it('take the place of what may stand once, the first of ours', () => {
    const theirs = attributes(['Session-Timeout', 60], ['Class', 'a'], ['Class', 'b']);
    const ours = attributes(['Session-Timeout', 10], ['Session-Timeout', 20], ['Class', 'b'], ['Class', 'c']);
    expect(hex(withOurs(theirs, ours))).toEqual(['25:61', '25:62', '27:0000000a', '25:63']);
    expect(withOurs(theirs, [])).toBe(theirs);
  });
});
