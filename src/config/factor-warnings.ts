import type { ClientConfig, Config, FactorName } from './config.ts';
import type { Finding, Path } from './problem.ts';

/** Factors that a policy names and that nobody could deliver, or that no client could wait for. */
export function factorWarnings(config: Config): Finding[] {
  return Object.entries(config.policies).flatMap(([name, { factors, unenrolled, rules }]) => {
    const path = ['policies', name];
    const undelivered = [
      ...undeliveredOf(factors, [...path, 'factors'], config),
      ...rules.flatMap((rule, index) =>
        undeliveredOf(rule.factors ?? [], [...path, 'rules', index, 'factors'], config),
      ),
    ];
    const isUnreachable = unenrolled === 'enrol' && config.console?.publicUrl === undefined;
    const message = 'nobody can enrol, and is refused: `console.publicUrl` is missing';
    return isUnreachable ? [...undelivered, { path: [...path, 'unenrolled'], message }] : undelivered;
  });
}

/** Whether a user of that client, whose NAS shows no challenge, can pass the second door without a password field. */
export function mayApprove({ policy }: ClientConfig, { policies, factors }: Config): boolean {
  const names = policies[policy]?.factors ?? [];
  return names.some((name) => {
    if (name === 'push') return !factors.push.codeToPhone;
    if (name === 'call') return factors.call.mode === 'approve';
    return name === 'sms' && factors.sms.mode === 'reply';
  });
}

function undeliveredOf(factors: readonly FactorName[], path: Path, config: Config): Finding[] {
  return factors.flatMap((factor, index) => {
    const message = whyUndelivered(factor, config);
    return message === undefined ? [] : [{ path: [...path, index], message }];
  });
}

function whyUndelivered(factor: FactorName, { factors, console: http }: Config): string | undefined {
  switch (factor) {
    case 'totp':
    case 'hotp':
      return undefined;
    case 'sms':
    case 'call':
    case 'email':
      return factors[factor].gateways.length > 0
        ? undefined
        : `is never offered: no gateway stands in \`factors.${factor}.gateways\``;
    case 'push':
      return http?.publicUrl === undefined ? 'is never offered: phones need `console.publicUrl` to answer' : undefined;
  }
}
