import { StorageError } from './storage-error.ts';

const MAX_NAME_OCTETS = 253;

/** Refuses names that no User-Name can carry (RFC 2865 §5.1: 253 octets) or that would garble a table or a log. */
export function checkUserName(name: string): void {
  const isFit =
    name.trim() === name && name.length > 0 && Buffer.byteLength(name) <= MAX_NAME_OCTETS && isPrintable(name);
  if (isFit) return;
  throw new StorageError(
    'user-name-invalid',
    'A user name has 1 to 253 octets, no control characters and no space at either end.',
  );
}

/** Refuses serials that are empty, over-long or not printable. */
export function checkSerial(serial: string): void {
  if (serial.trim() === serial && serial.length > 0 && serial.length <= 128 && isPrintable(serial)) return;
  throw new StorageError(
    'serial-invalid',
    'A serial has 1 to 128 characters, no control characters and no space at either end.',
  );
}

function isPrintable(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}
