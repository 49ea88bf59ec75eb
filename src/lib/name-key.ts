// Most names are plain ASCII, and normalizing costs more than all else that is done with them.
const ASCII = /^[\x00-\x7f]*$/;

/** One spelling of a user's name for look-ups and comparisons: NFC, lower case. Names with one key are one user. */
export function nameKey(name: string): string {
  return ASCII.test(name) ? name.toLowerCase() : name.normalize('NFC').toLowerCase().toWellFormed();
}
