import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from '../support/process.ts';
import { makeFolder } from './loopback.ts';
import { peerPath } from './presence.ts';

export interface RadclientOptions {
  /** Where to ask, on 127.0.0.1. */
  readonly port: number;
  readonly secret: string;
  /** Default 5: seconds until it sends again, or gives up. */
  readonly timeoutSeconds?: number;
  /** Transmissions in all; default 1. */
  readonly attempts?: number;
  /** Default true: a Message-Authenticator in the request. */
  readonly signs?: boolean;
}

/** What came back; `none`: no answer, or none that radclient believed. */
export interface Answer {
  readonly code: 'Access-Accept' | 'Access-Reject' | 'Access-Challenge' | 'Accounting-Response' | 'none';
  /** In the packet's order, hidden values revealed, without Message-Authenticator: `Filter-Id = "staff"`. */
  readonly attributes: readonly string[];
  /** Whether a Message-Authenticator was there (radclient has verified it then). */
  readonly isSigned: boolean;
  /** Everything radclient printed. */
  readonly transcript: string;
}

/** Debian's radclient as a NAS: one request, with attributes such as `User-Name = "alice"`. */
export async function sendRequest(
  { port, secret, timeoutSeconds = 5, attempts = 1, signs = true }: RadclientOptions,
  attributes: readonly string[],
  command: 'auth' | 'acct' | 'status' = 'auth',
): Promise<Answer> {
  const folder = await makeFolder('radclient');
  const secretFile = join(folder, 'secret');
  await writeFile(secretFile, secret, { mode: 0o600 });
  const limits = ['-r', String(attempts), '-t', String(timeoutSeconds)];
  const input = [...attributes, ...(signs ? ['Message-Authenticator = 0x00'] : [])].join('\n');
  try {
    const { stdout, stderr } = await run(
      peerPath('radclient'),
      ['-x', ...limits, '-S', secretFile, `127.0.0.1:${port}`, command],
      { input: `${input}\n`, timeoutMs: (attempts * timeoutSeconds + 5) * 1_000 },
    );
    return readAnswer(stdout, `${stdout}${stderr}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Asks with a user name and a password, adding `more` attributes. */
export function askPassword(
  options: RadclientOptions,
  user: string,
  password: string,
  more: readonly string[] = [],
): Promise<Answer> {
  return sendRequest(options, [`User-Name = ${quoted(user)}`, `User-Password = ${quoted(password)}`, ...more]);
}

/** Answers the challenge of `asked`, giving back its State. */
export function answerChallenge(
  options: RadclientOptions,
  asked: Answer,
  user: string,
  passcode: string,
  more: readonly string[] = [],
): Promise<Answer> {
  const state = valueOf(asked, 'State');
  if (state === undefined) throw new Error(`no State to give back:\n${asked.transcript}`);
  return askPassword(options, user, passcode, [`State = ${state}`, ...more]);
}

/** The first value of an attribute as radclient prints it, text without its quotes; `undefined`: not there. */
export function valueOf({ attributes }: Answer, name: string): string | undefined {
  const line = attributes.find((attribute) => attribute.startsWith(`${name} = `));
  return line?.slice(name.length + 3).replace(/^"(.*)"$/, '$1');
}

function readAnswer(stdout: string, transcript: string): Answer {
  const start = stdout.lastIndexOf('\nReceived ');
  const [head = '', ...lines] = start < 0 ? [] : stdout.slice(start + 1).split('\n');
  const all = lines.filter((line) => line.startsWith('\t')).map((line) => line.trim());
  const isSignature = (line: string): boolean => line.startsWith('Message-Authenticator = ');
  return {
    code: (/^Received (Access-Accept|Access-Reject|Access-Challenge|Accounting-Response) /.exec(head)?.[1] ??
      'none') as Answer['code'],
    attributes: all.filter((line) => !isSignature(line)),
    isSigned: all.some(isSignature),
    transcript,
  };
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
