/** One spelling of a user's name for look-ups and comparisons: NFC, lower case. Names with one key are one user. */
export function nameKey(name: string): string {
  return name.normalize('NFC').toLowerCase().toWellFormed();
}
