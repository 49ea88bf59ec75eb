import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCsvRow } from '../../../src/cli/import/formats/csv.ts';
import { readLines, surveyText } from '../../../src/cli/import/text-lines.ts';
import { readHeadings } from '../../../src/cli/import/token-columns.ts';
import type { TokenLayout } from '../../../src/cli/import/token-columns.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-text-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

async function linesOf(content: string | Buffer): Promise<string[]> {
  const file = join(folder, 'text');
  writeFileSync(file, content);
  const { encoding } = await surveyText(file);
  const lines: string[] = [];
  for await (const { number, text } of readLines(file, encoding)) lines.push(`${number}:${text ?? 'too long'}`);
  return lines;
}

// The size of the pieces in which files are read.
const CHUNK = 65_536;

describe('lines of a text file', () => {
  it('are counted from 1, the last with or without an end', async () => {
    expect(await linesOf('a\nb\n')).toEqual(['1:a', '2:b']);
    expect(await linesOf('a\n\nb')).toEqual(['1:a', '2:', '3:b']);
    expect(await linesOf('')).toEqual([]);
  });

  it.each(['\n', '\r\n', '\r'])('end with %j, also where the file is cut into pieces', async (end) => {
    for (const length of [CHUNK - 2, CHUNK - 1, CHUNK]) {
      const first = 'x'.repeat(length);
      expect(await linesOf(`${first}${end}b${end}`)).toEqual([`1:${first}`, '2:b']);
    }
  });

  it('keep letters that are cut in two by a piece of the file', async () => {
    const first = 'x'.repeat(CHUNK - 1);
    expect(await linesOf(`${first}ü\nb`)).toEqual([`1:${first}ü`, '2:b']);
  });

  it('become Latin-1 where one octet far behind is no UTF-8', async () => {
    const content = Buffer.concat([Buffer.from('ü\n'), Buffer.alloc(CHUNK, 0x0a), Buffer.from('ü', 'latin1')]);
    const lines = await linesOf(content);
    expect(lines[0]).toBe('1:Ã¼');
    expect(lines.at(-1)).toBe(`${CHUNK + 2}:ü`);
  });

  it('are given up when they never end', async () => {
    expect(await linesOf(`${'x'.repeat(5 * CHUNK)}\nb`)).toEqual(['1:too long', '2:b']);
    expect(await linesOf('x'.repeat(5 * CHUNK))).toEqual(['1:too long']);
  });
});

describe('rows of a token file', () => {
  const layout = layoutOf('username,serial,secret,interval,digits,algorithm,type,counter');

  it('are read or refused, never anything else, and no reason quotes them', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary', minLength: 8 }),
      fc.constant(''),
      fc.constant('GEZDGNBVGY3TQOJQ'),
    );
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 10 }), (cells) => {
        const result = readCsvRow(cells.join(','), layout);
        if (result.kind === 'row') return;
        for (const secret of cells.slice(2, 3)) {
          if (secret !== '') expect(result.reason).not.toContain(secret);
        }
      }),
    );
  });

  it('are read as they were written', () => {
    const line = 'alice, SN-1 ,"gezd gnbv gy3t qojq",60,8,SHA-512,TOTP,5';
    expect(readCsvRow(line, layout)).toMatchObject({
      kind: 'row',
      row: {
        username: 'alice',
        serial: 'SN-1',
        periodSeconds: 60,
        digits: 8,
        algorithm: 'sha512',
        type: 'totp',
        nextCounter: 0,
        isWeak: true,
      },
    });
  });

  it.each([
    ['alice,SN-1,GEZDGNBVGY3TQOJQ,30,5', 'digits'],
    ['alice,SN-1,GEZDGNBVGY3TQOJQ,30,six', 'digits'],
    ['alice,SN-1,GEZDGNBVGY3TQOJQ,30,6,md5', 'algorithm'],
    ['alice,SN-1,GEZDGNBVGY3TQOJQ,30,6,sha1,ocra', 'type'],
    ['alice,SN-1,GEZDGNBVGY3TQOJQ,30,6,sha1,hotp,-1', 'counter'],
    ['ali\u0007ce,SN-1,GEZDGNBVGY3TQOJQ', 'control character'],
    ['ali\u202ece,SN-1,GEZDGNBVGY3TQOJQ', 'control character'],
    [`alice,${'9'.repeat(129)},GEZDGNBVGY3TQOJQ`, 'longer than 128'],
  ])('such as %j are refused', (line, reason) => {
    expect(readCsvRow(line, layout)).toMatchObject({
      kind: 'bad',
      reason: expect.stringContaining(reason) as string,
    });
  });
});

describe('headings of a token file', () => {
  it('are known by many names', () => {
    expect(layoutOf('UserPrincipalName;"Serial Number";Secret_Key;Time-Interval').positions).toEqual({
      username: 0,
      serial: 1,
      secret: 2,
      interval: 3,
    });
  });

  it('take username before upn, and name what is left over', () => {
    expect(layoutOf('upn,username,serial,secret,model')).toMatchObject({
      positions: { username: 1, serial: 2, secret: 3 },
      extra: ['upn', 'model'],
    });
  });

  it.each(['', 'a,b,c', 'username,secret', '"username,serial,secret'])('are missed in %j', (line) => {
    expect(readHeadings(line).kind).toBe('unusable');
  });
});

function layoutOf(line: string): TokenLayout {
  const headings = readHeadings(line);
  if (headings.kind === 'unusable') throw new Error(headings.problem);
  return headings.layout;
}
