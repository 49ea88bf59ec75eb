import { describe, expect, it } from 'vitest';
import type { FormatName } from '../../src/cli/import/formats/format.ts';
import { FileProblem } from '../../src/cli/import/problem.ts';
import { formatsOf, readAs } from '../support/token-file.ts';
import type { PlainRow } from '../support/token-file.ts';

/** An example of a format, and what is in it. */
export interface TokenFormatContract {
  readonly name: FormatName;
  /** Lines that end with LF; pure ASCII. */
  readonly text: string;
  readonly rows: readonly PlainRow[];
  /** A piece of the example that stands there once, and what breaks the row that it is in. */
  readonly damage: { readonly piece: string; readonly by: string; readonly line: number };
}

/** What every format of token files promises. */
export function tokenFormatContract({ name, text, rows, damage }: TokenFormatContract): void {
  describe(`token format ${name}`, () => {
    it('is known by its looks, and taken for nothing else', async () => {
      expect(await formatsOf(text)).toEqual([name]);
    });

    it('reads each row with its line', async () => {
      expect((await readAs(name, text)).rows).toEqual(rows);
    });

    it.each([
      ['a byte order mark', Buffer.from(`\ufeff${text}`)],
      ['line ends of Windows', Buffer.from(text.replaceAll('\n', '\r\n'))],
      ['UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le')],
      ['no line end at its end', Buffer.from(text.trimEnd())],
    ])('reads the same with %s', async (_, octets) => {
      expect(await formatsOf(octets)).toEqual([name]);
      expect((await readAs(name, octets)).rows).toEqual(rows);
    });

    it('loses no other row to a broken one, and quotes no secret in the reason', async () => {
      const damaged = await readAs(name, text.replace(damage.piece, damage.by));
      expect(damaged.rows.filter(({ line }) => line !== damage.line)).toEqual(
        rows.filter(({ line }) => line !== damage.line),
      );
      const broken = damaged.rows.find(({ line }) => line === damage.line);
      expect(broken?.reason).toEqual(expect.any(String));
      for (const { secret = '' } of rows) expect(broken?.reason).not.toContain(secret.slice(0, 8) || 'nothing');
    });

    it.each([
      ['nothing', ''],
      ['a program', Buffer.from('7f454c4602010100000000000000000003003e000a0a0a', 'hex')],
      ['zeros', Buffer.alloc(200_000)],
      ['quotes', '"'.repeat(100_000)],
      ['brackets', '<'.repeat(100_000)],
      ['a line without an end', 'a,'.repeat(500_000)],
    ])('makes no token of %s', async (_, octets) => {
      expect(await formatsOf(octets)).toEqual([]);
      const reading = readAs(name, octets).catch((error: unknown) => {
        expect(error).toBeInstanceOf(FileProblem);
        return { rows: [] as PlainRow[] };
      });
      for (const { reason } of (await reading).rows) expect(reason).toEqual(expect.any(String));
    });
  });
}
