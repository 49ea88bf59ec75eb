import { describe, expect, it } from 'vitest';
import { relayedAttributes } from '../../../src/primary/home-server/record.ts';

const of = (waitedMs: number, ...pairs: [number, Buffer][]) =>
  relayedAttributes({
    id: 'one',
    waitedMs: () => waitedMs,
    attributes: pairs.map(([type, value]) => ({ type, value })),
  }).map(({ type, value }) => [type, value.toString('hex')]);

const seconds = (value: number): Buffer => {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
};

describe('RFC 2866 §5.2: Acct-Delay-Time of what is relayed', () => {
  it('is that of the NAS while nothing has waited, and is not made up', () => {
    expect(of(999, [44, Buffer.from('s')])).toEqual([[44, '73']]);
    expect(of(0, [41, seconds(7)])).toEqual([[41, '00000007']]);
  });

  it('grows by the whole seconds it has waited here, in its place, and ends at its greatest value', () => {
    expect(of(65_900, [41, seconds(7)], [44, Buffer.from('s')])).toEqual([[41, '00000048'], [44, '73']]); // prettier-ignore
    expect(of(2_000, [44, Buffer.from('s')])).toEqual([[44, '73'], [41, '00000002']]); // prettier-ignore
    expect(of(9_000, [41, seconds(0xffff_fffe)])).toEqual([[41, 'ffffffff']]);
  });

  it('leaves out what belongs to the hop, and what may not stand in accounting', () => {
    const kept: [number, Buffer] = [26, Buffer.from('00000009010568', 'hex')];
    const dropped = [2, 3, 18, 24, 33, 80].map((type): [number, Buffer] => [type, Buffer.alloc(16)]);
    expect(of(0, ...dropped, kept)).toEqual([[26, '00000009010568']]);
  });
});
