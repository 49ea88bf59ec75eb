import { open } from 'node:fs/promises';
import { readProtection } from '../../pskc/protection.ts';
import type { Protection } from '../../pskc/protection.ts';
import { readKey, serialOf } from '../../pskc/read-key.ts';
import { attribute, element, elements, parseXml, positionOf } from '../../pskc/xml.ts';
import type { XmlElement } from '../../pskc/xml.ts';
import { FileProblem, RowProblem } from '../problem.ts';
import { readRow } from '../token-row.ts';
import type { TokenRowResult } from '../token-row.ts';
import type { FileRow, FormatInput, OpenedFile, TokenFormat } from './format.ts';

// The whole file is in memory while it is read; it holds some 20,000 keys.
const MAX_OCTETS = 32 * 1024 * 1024;

/** PSKC, the portable symmetric key container of RFC 6030: plain, or encrypted with a key or a password. */
export const pskcFormat: TokenFormat = {
  name: 'pskc',
  looks: 'XML: a KeyContainer of RFC 6030, plain or encrypted with a key or a password',
  fit: (head) => (isXml(head[0]) && head.some((line) => line.includes('KeyContainer')) ? 'certain' : 'no'),
  open: openContainer,
};

function isXml(line = ''): boolean {
  return line
    .replace(/^\ufeff/, '')
    .trimStart()
    .startsWith('<');
}

async function openContainer(input: FormatInput): Promise<OpenedFile> {
  const text = await readText(input);
  try {
    const container = parseXml(text, 'KeyContainer');
    if (!/^1\.\d+$/.test(attribute(container, 'Version') ?? '')) throw new FileProblem('it is not of version 1.0');
    const isEncrypted = text.includes('EncryptedValue');
    const protection = await readProtection(container, isEncrypted, input.secrets);
    const packages = elements(container, 'KeyPackage');
    const isSigned = element(container, 'Signature') !== undefined;
    return {
      total: packages.length,
      notes: isSigned ? ['The signature of the file is not checked.'] : [],
      rows: readPackages(packages, text, { protection, nowMs: input.nowMs }),
    };
  } catch (error) {
    if (error instanceof RowProblem) throw new FileProblem(error.message, { cause: error });
    throw error;
  }
}

async function readText({ file, encoding }: FormatInput): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    if (size > MAX_OCTETS) throw new FileProblem(`it is larger than ${MAX_OCTETS / 1024 / 1024} MiB: split it`);
    const octets = Buffer.alloc(size);
    const { bytesRead } = await handle.read(octets, 0, size, 0);
    // XML 1.0 §2.11 has one kind of line end; positions are counted in that text.
    return new TextDecoder(encoding).decode(octets.subarray(0, bytesRead)).replace(/\r\n?/g, '\n');
  } finally {
    await handle.close();
  }
}

interface PackageContext {
  readonly protection: Protection;
  readonly nowMs: number;
}

function* readPackages(packages: readonly XmlElement[], text: string, context: PackageContext): Generator<FileRow> {
  const lines = new LineCounter(text);
  for (const keyPackage of packages) {
    const line = lines.lineAt(positionOf(keyPackage));
    const keys = elements(keyPackage, 'Key');
    if (keys.length === 0) yield { line, result: readPackage(keyPackage, undefined, context) };
    for (const key of keys) yield { line, result: readPackage(keyPackage, key, context) };
  }
}

function readPackage(keyPackage: XmlElement, key: XmlElement | undefined, context: PackageContext): TokenRowResult {
  let serial = '';
  const result = readRow('', () => {
    const device = element(keyPackage, 'DeviceInfo');
    serial = serialOf(key, device);
    if (key === undefined) throw new RowProblem('it holds no key');
    return readKey(key, { ...context, device });
  });
  return result.kind === 'bad' ? { ...result, serial } : result;
}

/** Counts lines up to positions that only go forward. */
class LineCounter {
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  lineAt(position: number): number {
    for (
      let end = this.#text.indexOf('\n', this.#at);
      end >= 0 && end < position;
      end = this.#text.indexOf('\n', this.#at)
    ) {
      this.#at = end + 1;
      this.#line += 1;
    }
    return this.#line;
  }
}
