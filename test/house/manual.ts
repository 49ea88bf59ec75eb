import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './sources.ts';

/** A page of the manual. */
export interface Manual {
  /** From the repository. */
  readonly path: string;
  readonly text: string;
}

/** A command of the program as a page gives it. */
export interface ManualCommand {
  /** As written. */
  readonly line: string;
  /** Its arguments: `user`, `add`, `alice` … */
  readonly args: readonly string[];
  /** The file that is its standard input. */
  readonly input: string | undefined;
}

/** Reads a page. */
export function readManual(path: string): Manual {
  return { path, text: readFileSync(join(root, path), 'utf8') };
}

/** The code blocks of a language, in order. */
export function blocks({ text }: Manual, language: string): string[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
    .filter(([, written]) => written === language)
    .map(([, , body]) => body ?? '');
}

/** The rows of the table with these headings, without the heading. */
export function tableRows({ text }: Manual, ...headings: readonly string[]): string[][] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => cellsOf(line).join() === headings.join());
  if (start < 0) throw new Error(`there is no table of ${headings.join(', ')}`);
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'));
  return lines.slice(start + 2, start + length).map(cellsOf);
}

function cellsOf(line: string): string[] {
  if (!line.startsWith('|')) return [];
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** What stands in backticks in a piece of text. */
export function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, inner]) => inner ?? '');
}

/** Every command in that text, in order: one a line in code blocks, or in backticks. */
export function commandsIn(text: string): ManualCommand[] {
  const pieces = [...text.matchAll(/^```sh\n(.*?)^```$|`(sallyport [^`\n]+)`/gms)];
  const lines = pieces.flatMap(([, block, inline]) => (block ?? inline ?? '').split('\n'));
  return lines.flatMap((line) => {
    const typed = /^(?:npm run )?sallyport (?:-- )?(?=[a-z])(.*)$/.exec(line.trim())?.[1];
    if (typed === undefined || typed.includes('…')) return [];
    const [own = ''] = typed.split(/ \\?\||&&/);
    const [words = '', input] = own.split(' < ');
    return [{ line, args: argumentsIn(words), input: input?.trim() }];
  });
}

// As the shell takes them apart: what stands in quotation marks is one.
function argumentsIn(words: string): string[] {
  return [...words.matchAll(/"([^"]*)"|\S+/g)].map(([whole, quotedText]) => quotedText ?? whole);
}

/** Where the links of a page lead, as paths from the repository and headings; addresses of the network are left out. */
export function links({ path, text }: Manual): { readonly file: string; readonly heading: string | undefined }[] {
  return [...text.matchAll(/\]\(([^)]+)\)/g)]
    .map(([, target]) => target ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', heading] = target.split('#');
      return { file: file === '' ? path : join(dirname(path), file), heading };
    });
}

/** The headings of a page, as links name them. */
export function headings({ text }: Manual): string[] {
  const prose = text.replace(/^```.*?^```$/gms, '');
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replace(/ /g, '-'),
  );
}
