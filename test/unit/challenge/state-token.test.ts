import { describe, expect, it } from 'vitest';
import { createStateTokens } from '../../../src/challenge/index.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { Secret } from '../../../src/lib/secret.ts';

const random = createSystemRandom();
const key = Secret.fromOctets(random.octets(32));
const tokens = createStateTokens({ owner: 'gate-1', key, random });

describe('State', () => {
  it('names its owner and its round', () => {
    const { id, state } = tokens.issue();
    expect(tokens.read(state)).toEqual({ kind: 'ours', owner: 'gate-1', id });
  });

  it('has at most 64 octets for the longest server id', () => {
    const long = createStateTokens({ owner: 'x'.repeat(24), key, random });
    expect(long.issue().state.length).toBeLessThanOrEqual(64);
  });

  it('is never issued twice', () => {
    const states = Array.from({ length: 500 }, () => tokens.issue().state.toString('hex'));
    expect(new Set(states).size).toBe(500);
  });

  it('holds no NUL: a NAS that keeps it as text would lose the rest', () => {
    const states = Array.from({ length: 2_000 }, () => tokens.issue().state);
    expect(states.filter((state) => state.includes(0))).toEqual([]);
  });

  it('of another server with the same key names that server', () => {
    const other = createStateTokens({ owner: 'gate-2', key, random });
    expect(tokens.read(other.issue().state)).toMatchObject({ kind: 'ours', owner: 'gate-2' });
  });

  it('without our mark is foreign', () => {
    expect(tokens.read(Buffer.alloc(0))).toEqual({ kind: 'foreign' });
    expect(tokens.read(random.octets(16))).toEqual({ kind: 'foreign' });
    expect(tokens.read(Buffer.from('SLY'))).toEqual({ kind: 'foreign' });
  });

  it('with our mark is forged when any octet differs, or it is cut or longer', () => {
    const { state } = tokens.issue();
    for (let index = 4; index < state.length; index += 1) {
      const altered = Buffer.from(state);
      altered[index] = altered[index]! ^ 1;
      expect(tokens.read(altered), `octet ${index}`).toEqual({ kind: 'forged' });
    }
    for (let length = 4; length < state.length; length += 1) {
      expect(tokens.read(state.subarray(0, length))).toEqual({ kind: 'forged' });
    }
    expect(tokens.read(Buffer.concat([state, Buffer.of(0)]))).toEqual({ kind: 'forged' });
  });

  it('under another key is forged', () => {
    const stranger = createStateTokens({ owner: 'gate-1', key: Secret.fromOctets(random.octets(32)), random });
    expect(tokens.read(stranger.issue().state)).toEqual({ kind: 'forged' });
  });
});
