/** One spelling of a user's name for look-ups and comparisons: Unicode NFC, lower case. */
export function nameKey(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
