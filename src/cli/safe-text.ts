import type { CliIo } from './io.ts';

// What a terminal obeys or a reader cannot see: C0 and C1 controls, format characters (they turn the direction of
// text), line and paragraph separators, lone surrogates.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text from users, files or the network for a terminal: what could steer it is written as `\u{1b}`. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same row with every text of it printable. */
export function printableRow<Row extends object>(row: Row): Row {
  const entries = Object.entries(row).map(([key, value]: [string, unknown]) => [
    key,
    typeof value === 'string' ? printable(value) : value,
  ]);
  return Object.fromEntries(entries) as Row;
}

/** JSON that means the same, but holds no character a terminal obeys (`JSON.stringify` leaves U+007F to U+009F alone). */
export function safeJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, escapeUnits);
}

/** Prints a value as indented JSON that is safe for a terminal. */
export function printSafeJson(io: CliIo, value: unknown): void {
  io.out(safeJson(value, 2));
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}
