import type { CliIo } from './io.ts';
import type { ExplainedPlan } from './policy-explain.ts';
import { printable } from './safe-text.ts';

/** Prints which rule decides, as a person reads it. */
export function printExplanation(explained: ExplainedPlan, io: CliIo): void {
  const lines = [
    `Policy ${explained.policy}, for ${whoOf(explained)}`,
    '',
    ...explained.passedOver.map(({ rule, because }) => `  ${rule}\n    does not match: ${because}`),
    explained.rule === null ? '  The policy has no rules.' : `  ${explained.rule}${decides(explained)}`,
    '',
    ...planOf(explained),
    ...explained.reply.map((attribute) => `Accept with ${attribute}`),
  ];
  // Each by itself: what stands in a line is masked, its end is not.
  for (const line of lines.flatMap((text) => text.split('\n'))) io.out(line === '' ? '\n' : printable(line));
}

function whoOf({ user, isInStore, groups, client, address, time }: ExplainedPlan): string {
  return [
    `user ${user}${isInStore ? '' : ' (not in the store)'}`,
    groups.length === 0 ? 'no groups' : `groups ${groups.join(' | ')}`,
    `client ${client}`,
    address === null ? 'no address' : `address ${address}`,
    time,
  ].join(', ');
}

function decides({ rule }: ExplainedPlan): string {
  return rule?.startsWith('rules[') === true ? '\n    decides' : ': the policy itself decides';
}

function planOf({ decision, factors, menu, numberMatching, rememberHours }: ExplainedPlan): string[] {
  switch (decision) {
    case 'deny':
      return ['Denied, with the words for a wrong password; no password is tried.'];
    case 'skip':
      return ['The first door alone; no second factor is asked for.'];
    case 'factors': {
      if (factors.length === 0) return ['The policy asks for no second factor.'];
      const named = factors.map(({ factor, hasIt }) => (hasIt ? factor : `${factor} (the user has none)`));
      return [
        `Second door: ${named.join(', ')}${menu ? '; the user chooses' : ''}`,
        `Number matching: ${numberMatching ? 'yes' : 'no'}; remembered: ${rememberHours === 0 ? 'never' : `${rememberHours} h`}`,
      ];
    }
  }
}
