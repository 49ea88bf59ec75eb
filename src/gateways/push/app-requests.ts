import type { PushAnswer } from '../../factors/index.ts';
import type { KnownDevice } from './device-data.ts';
import { isSignedByP256, readP256Key } from './device-keys.ts';
import { asFields, isAbsent, textField, type Fields } from './fields.ts';
import type { WaitingPrompt } from './pending-prompts.ts';
import type { Subscription } from './subscription.ts';

const MAX_SIGNATURE_CHARACTERS = 128;

/** Whether the request is signed by that phone's key over these parts, joined by `|`. */
export function isSignedBy({ data }: KnownDevice, parts: readonly (string | number)[], fields: Fields): boolean {
  const key = readP256Key(data['key']);
  return key !== undefined && isSignedByP256(key, parts.join('|'), signatureOf(fields));
}

/** The signature of a request, as text. */
export function signatureOf(fields: Fields): string | undefined {
  return textField(fields, 'signature', MAX_SIGNATURE_CHARACTERS);
}

/** What the phone says to a prompt; `undefined` where it is no answer to this one. */
export function readAnswer(fields: Fields, { choices }: WaitingPrompt): PushAnswer | undefined {
  switch (fields['kind']) {
    case 'denied':
    case 'fraud-reported':
      return isAbsent(fields, 'choice') ? { kind: fields['kind'] } : undefined;
    case 'approved':
      return approval(fields, choices);
    default:
      return undefined;
  }
}

function approval(fields: Fields, choices: readonly string[] | undefined): PushAnswer | undefined {
  if (choices === undefined) return isAbsent(fields, 'choice') ? { kind: 'approved' } : undefined;
  const choice = choices.find((one) => one === fields['choice']);
  return choice === undefined ? undefined : { kind: 'approved', choice };
}

/** The subscription that was kept with the phone's data. */
export function keptSubscription(data: Fields): Subscription | undefined {
  return asFields(data['subscription']) as Subscription | undefined;
}
