import type { ClientConfig, Config, FactorName } from './config.ts';
import type { Finding, Path } from './problem.ts';
import { profileOf } from './profiles/index.ts';
import type { ConfigData } from './schema/index.ts';

/** Clients whose NAS would give up while a factor is still waited for, or cannot do what they are set to. */
export function nasWarnings(config: Config, data: ConfigData): Finding[] {
  return config.clients.flatMap((client, index) => {
    const path = ['clients', index];
    const isStated = data.clients[index]?.timeoutSeconds !== undefined;
    return [
      ...impatience(client, { config, path: [...path, 'timeoutSeconds'], isStated }),
      ...passwordless(client, config, path),
    ];
  });
}

interface Place {
  readonly config: Config;
  readonly path: Path;
  /** Whether the file itself says how long the NAS waits: then it has been thought of. */
  readonly isStated: boolean;
}

function impatience(client: ClientConfig, { config, path, isStated }: Place): Finding[] {
  const { title, timer } = profileOf(client.profile);
  const [slowest] = heldFactors(client, config).toSorted((a, b) => b.seconds - a.seconds);
  if (slowest === undefined) return [];
  const { name, seconds } = slowest;
  if (!isStated && timer?.waitsSeconds !== undefined && timer.waitsSeconds < seconds) {
    const message =
      `${name} waits ${seconds} s, but ${title} gives up after ${timer.waitsSeconds} s unless told otherwise: ` +
      `set ${timer.set}, then write \`timeoutSeconds: ${client.timeoutSeconds}\` here`;
    return [{ path, message }];
  }
  if (client.timeoutSeconds >= seconds) return [];
  const message =
    `${name} waits ${seconds} s, but the NAS ${client.timeoutSeconds} s in all: who answers later is refused; ` +
    `raise this on both sides, or lower \`factors.${name}.ttlSeconds\``;
  return [{ path, message }];
}

function passwordless(client: ClientConfig, { primaries }: Config, path: Path): Finding[] {
  const { title, sendsPassword } = profileOf(client.profile);
  if (sendsPassword) return [];
  const [asking] = client.primary.filter((name) => primaries[name]?.type === 'local');
  return [
    ...(asking === undefined
      ? []
      : [
          {
            path: [...path, 'primary'],
            message: `${title} sends no password, so "${asking}" refuses everybody: it takes a primary of type none or radius`,
          },
        ]),
    ...(client.challenge
      ? [
          {
            path: [...path, 'challenge'],
            message: `${title} shows no challenge: whoever is asked something is refused`,
          },
        ]
      : []),
  ];
}

interface Held {
  readonly name: 'push' | 'call' | 'sms';
  readonly seconds: number;
}

// Those that are approved elsewhere while the reply is held.
function heldFactors(client: ClientConfig, { policies, factors }: Config): Held[] {
  if (client.challenge && client.outOfBand === 'ask') return [];
  const { push, call, sms } = factors;
  // A number has to be shown: there the user is asked to come back.
  const isPushHeld = !push.codeToPhone && !(client.challenge && push.numberMatching);
  const held: readonly (Held & { readonly isHeld: boolean })[] = [
    { name: 'push', seconds: push.ttlSeconds, isHeld: isPushHeld },
    { name: 'call', seconds: call.ttlSeconds, isHeld: call.mode === 'approve' },
    { name: 'sms', seconds: sms.ttlSeconds, isHeld: sms.mode === 'reply' },
  ];
  const names: readonly FactorName[] = policies[client.policy]?.factors ?? [];
  return held.filter(({ name, isHeld }) => isHeld && names.includes(name));
}
