import type { Removed } from '../storage/index.ts';
import { printable } from './safe-text.ts';

/** What a user has lost, in lines: the first goes on after the name. */
export function lost(removed: Removed): string[] {
  const { 'app-password': appPasswords, backup, bypass } = removed.codes;
  const lines = [
    removed.hadPhone ? 'the phone number' : '',
    named('token', removed.passcodeTokens),
    named('push token', removed.pushTokens),
    counted('app password', appPasswords),
    counted('backup code', backup),
    counted('bypass code', bypass),
  ].filter((line) => line !== '');
  if (lines.length === 0) return ['had nothing to lose: nothing was removed.'];
  return ['has lost:', ...lines.map((line) => `  ${line}`)];
}

function named(what: string, serials: readonly string[]): string {
  return serials.length === 0 ? '' : `${counted(what, serials.length)}: ${serials.map(printable).join(', ')}`;
}

function counted(what: string, count: number): string {
  if (count === 0) return '';
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
