import { timingSafeEqual } from 'node:crypto';
import { pinProblem } from '../factors/index.ts';
import type { Secret } from '../lib/secret.ts';
import { readSecret } from './io.ts';
import type { CliIo } from './io.ts';

/** Where a new PIN may come from; never an argument, which other users of the machine could read. */
export interface PinArguments {
  /** `--pin` asks; `--no-pin` makes it `false`. */
  readonly pin?: boolean | undefined;
  readonly pinStdin?: boolean | undefined;
}

/** The PIN options, for yargs' `options()`. */
export const pinOptions = {
  pin: { type: 'boolean', describe: 'Ask for a new PIN; --no-pin removes it' },
  'pin-stdin': { type: 'boolean', describe: 'Read the PIN from standard input' },
} as const;

/** A new PIN, none wanted, or a sentence why there is none. */
export type PinAnswer =
  | { readonly kind: 'given'; readonly pin: Secret }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly problem: string };

/** Takes a new PIN from `--pin-stdin` or, on a terminal, from a person who types it twice. */
export async function askNewPin(args: PinArguments, io: CliIo): Promise<PinAnswer> {
  if (args.pin === false) return { kind: 'none' };
  if (args.pinStdin === true) return judge(await readSecret(io, 'PIN'));
  if (io.stdin.isTTY !== true) return refused('No PIN: use --pin-stdin, or --no-pin.');
  const first = judge(await readSecret(io, 'PIN'));
  if (first.kind !== 'given') return first;
  const second = await readSecret(io, 'The same PIN again');
  return second !== undefined && isSame(first.pin, second) ? first : refused('The two PINs differ.');
}

function judge(pin: Secret | undefined): PinAnswer {
  if (pin === undefined) return refused('The PIN is empty.');
  const problem = pinProblem(pin.reveal().toString('latin1'));
  return problem === undefined ? { kind: 'given', pin } : refused(problem);
}

function isSame(a: Secret, b: Secret): boolean {
  return a.length === b.length && timingSafeEqual(a.reveal(), b.reveal());
}

function refused(problem: string): PinAnswer {
  return { kind: 'refused', problem };
}
