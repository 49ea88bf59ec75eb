import { timingSafeEqual } from 'node:crypto';
import type { Secret } from '../lib/secret.ts';
import { Secret as SecretValue } from '../lib/secret.ts';
import { readSecret } from './io.ts';
import type { CliIo } from './io.ts';

/** Where a new password may come from; never an argument, which other users of the machine could read. */
export interface PasswordArguments {
  /** `--no-password` makes it `false`. */
  readonly password?: boolean | undefined;
  readonly passwordStdin?: boolean | undefined;
}

/** The password options, for yargs' `options()`. */
export const passwordOptions = {
  'password-stdin': { type: 'boolean', describe: 'Read the password from standard input' },
  password: { type: 'boolean', describe: '--no-password: the user has none here' },
} as const;

/** A new password, none wanted, or a sentence why there is none. */
export type PasswordAnswer =
  | { readonly kind: 'given'; readonly password: Secret }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly problem: string };

const VARIABLE = 'SALLYPORT_PASSWORD';

// RFC 2865 §5.2: a User-Password carries at most 128 octets.
const MAX_OCTETS = 128;
// NIST SP 800-63B §5.1.1.2; only advised, because the password may be no person's.
const ADVISED_OCTETS = 8;

/** Takes a new password from `--password-stdin`, `SALLYPORT_PASSWORD` or, on a terminal, from a person who types it twice. */
export async function askNewPassword(args: PasswordArguments, io: CliIo): Promise<PasswordAnswer> {
  if (args.password === false) return { kind: 'none' };
  if (args.passwordStdin === true) return judge(await readSecret(io, 'Password'), io);
  const fromVariable = io.env[VARIABLE];
  if (fromVariable !== undefined && fromVariable !== '') return judge(SecretValue.fromText(fromVariable), io);
  if (io.stdin.isTTY === true) return askTwice(io);
  return refused(`No password: use --password-stdin, ${VARIABLE}, or --no-password.`);
}

async function askTwice(io: CliIo): Promise<PasswordAnswer> {
  const first = judge(await readSecret(io, 'Password'), io);
  if (first.kind !== 'given') return first;
  const second = await readSecret(io, 'The same password again');
  return second !== undefined && isSame(first.password, second) ? first : refused('The two passwords differ.');
}

function judge(password: Secret | undefined, io: CliIo): PasswordAnswer {
  if (password === undefined) return refused('No password was given: it was left out or is empty.');
  const octets = password.reveal();
  if (octets.length > MAX_OCTETS) return refused(`The password is longer than ${MAX_OCTETS} octets.`);
  if (octets.some((octet) => octet < 0x20 || octet === 0x7f)) {
    return refused('The password holds a control character (more than one line?).');
  }
  if (octets.length < ADVISED_OCTETS)
    io.err(`Note: the password is short; ${ADVISED_OCTETS} characters or more are advised.`);
  return { kind: 'given', password };
}

function isSame(a: Secret, b: Secret): boolean {
  return a.length === b.length && timingSafeEqual(a.reveal(), b.reveal());
}

function refused(problem: string): PasswordAnswer {
  return { kind: 'refused', problem };
}
