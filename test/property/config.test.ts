import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parse } from '../support/config-text.ts';

const SECRET = 'hunter2-hunter2-hunter2';

const sound = {
  server: { id: 'gate-1', listen: [{ protocol: 'udp', address: '127.0.0.1', port: 1812 }] },
  clients: [
    { name: 'vpn', address: ['127.0.0.0/8'], secret: SECRET, primary: ['nps', 'local'], policy: 'default' },
    { name: 'wifi', address: '192.0.2.1', secret: { env: 'WIFI' }, primary: 'local', timeoutSeconds: 30 },
  ],
  primaries: {
    local: { type: 'local' },
    nps: { type: 'radius', servers: [{ address: '192.0.2.10', secret: SECRET }], attempts: 2 },
  },
  policies: { default: { factors: ['totp'], lockout: { failures: 5 } } },
  factors: { totp: { window: 1 } },
  console: { address: '127.0.0.1' },
};

/** Every place in a document: `[]`, `['server']`, `['server', 'id']`, … */
function placesIn(value: unknown, place: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [place];
  const steps = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [
    place,
    ...steps.flatMap((step) => placesIn((value as Record<string | number, unknown>)[step], [...place, step])),
  ];
}

function replaced(value: unknown, [step, ...rest]: (string | number)[], replacement: unknown): unknown {
  if (step === undefined) return replacement;
  const copy = Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) };
  const inner = (copy as Record<string | number, unknown>)[step];
  return Object.assign(copy, { [step]: replaced(inner, rest, replacement) });
}

function withKey(value: unknown, place: (string | number)[], key: string, added: unknown): unknown {
  const target = place.reduce<unknown>((holder, step) => (holder as Record<string | number, unknown>)[step], value);
  if (typeof target !== 'object' || target === null || Array.isArray(target)) return value;
  return replaced(value, place, { ...target, [key]: added });
}

/** Whatever the text is, it loads or it is refused with problems that stand somewhere in it. Gives the outcome. */
function mustBeJudged(text: string): string {
  const result = parse(text, { env: { WIFI: SECRET } });
  if (result.kind === 'loaded') return result.kind;
  expect(result.problems.length).toBeGreaterThan(0);
  const lines = text.split(/\r\n|\n|\r/).length;
  for (const { line, column, message } of result.problems) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines + 1);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(message).not.toBe('');
    expect(message).not.toContain(SECRET);
  }
  return result.kind;
}

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string(),
  fc.constantFrom<unknown>({ env: 'WIFI' }, [], {}, null, -1, 1.5, true, '::1', '0.0.0.0/0', '__proto__'),
);
const place = fc.constantFrom(...placesIn(sound));

describe('reading a configuration', () => {
  it('never throws for a document with one value replaced, and never tells a secret', () => {
    fc.assert(
      fc.property(place, anything, (where, value) => {
        mustBeJudged(stringify(replaced(sound, where, value)));
      }),
      { numRuns: 400 },
    );
  });

  it('refuses every key it does not know, wherever it stands', () => {
    const odd = fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty');
    const unknown = fc.oneof(
      odd,
      fc.string().map((key) => `x-${key}`),
    );
    const closed = place
      .filter((where) => where[0] !== 'primaries' || where.length > 1)
      .filter((where) => {
        return where[0] !== 'policies' || where.length > 1;
      });
    fc.assert(
      fc.property(closed, unknown, anything, (where, key, value) => {
        const document = withKey(sound, where, key, value);
        fc.pre(document !== sound);
        expect(mustBeJudged(stringify(document))).toBe('invalid');
      }),
      { numRuns: 200 },
    );
  });

  it('never throws for any YAML, nor for any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anything.map((value) => stringify(value)),
          fc.string(),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          expect(mustBeJudged(text)).toBe('invalid');
        },
      ),
      { numRuns: 400 },
    );
  });

  it('never throws for a file that was cut off, garbled or doubled', () => {
    const text = stringify(sound);
    const at = fc.nat(text.length);
    fc.assert(
      fc.property(
        at,
        at,
        fc.constantFrom('', ':', '-', '[', '{', '&a ', '*a', '"', '\t', '\0', '\n---\n', '!!binary '),
        (from, to, piece) => {
          mustBeJudged(text.slice(0, from) + piece + text.slice(to));
        },
      ),
      { numRuns: 400 },
    );
  });
});
