import { describe, expect, it } from 'vitest';
import { printTable, readSecret } from '../../../src/cli/io.ts';
import { captureIo } from '../../support/captured-io.ts';

const columns = [
  { heading: 'name', key: 'name' },
  { heading: 'tokens', key: 'tokens', align: 'right' },
] as const;

interface Row {
  readonly name: string;
  readonly tokens: number | undefined;
}

const rows: readonly Row[] = [
  { name: 'alice', tokens: 2 },
  { name: 'bob', tokens: undefined },
];

describe('a table', () => {
  it('has a heading, one line a row and blanks for what is not known', async () => {
    const io = captureIo();
    await printTable(io, { columns, rows });
    expect(io.shown).toMatch(/│ name +│ tokens │/);
    expect(io.shown).toMatch(/│ alice +│ +2 │/);
    expect(io.shown).toMatch(/│ bob +│ +│/);
  });

  it('is JSON where that is wanted, even without rows', async () => {
    const io = captureIo();
    await printTable(io, { columns, rows, json: true });
    expect(JSON.parse(io.shown)).toEqual([{ name: 'alice', tokens: 2 }, { name: 'bob' }]);
    const none = captureIo();
    await printTable(none, { columns, rows: [] as Row[], json: true, empty: 'Nobody.' });
    expect(JSON.parse(none.shown)).toEqual([]);
  });

  it('says that there is nothing instead of showing an empty frame', async () => {
    const io = captureIo();
    await printTable(io, { columns, rows: [] as Row[], empty: 'Nobody.' });
    expect(io.shown).toBe('Nobody.\n');
  });
});

describe('a secret on standard input', () => {
  it.each([
    { about: 'loses the line end that ends it', input: 'secret\n', read: 'secret' },
    { about: 'loses that of Windows too', input: 'secret\r\n', read: 'secret' },
    { about: 'keeps blanks and other line ends', input: ' a\nb \n', read: ' a\nb ' },
    { about: 'need not end in one', input: 'secret', read: 'secret' },
    {
      about: 'may be octets that are no text',
      input: Buffer.from([0xff, 0x00, 0x0a]),
      read: Buffer.from([0xff, 0x00]),
    },
  ])('$about', async ({ input, read }) => {
    const secret = await readSecret(captureIo({ input }), 'Secret:');
    expect(secret?.reveal()).toEqual(Buffer.from(read));
  });

  it.each(['', '\n', 'x'.repeat(4097)])('is nothing when it is empty or too long', async (input) => {
    expect(await readSecret(captureIo({ input }), 'Secret:')).toBeUndefined();
  });
});
