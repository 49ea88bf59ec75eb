import type { CommandModule } from 'yargs';
import { createFacts, type Directory, type LoginUser } from '../access/index.ts';
import type { ClientConfig } from '../config/index.ts';
import { parseAddress, type AddressOctets } from '../lib/ip.ts';
import { nameKey } from '../lib/name-key.ts';
import { loadOwnDictionary, plansOf } from '../policies.ts';
import type { Explanation, Facts, Plan } from '../policy/index.ts';
import { dumpAttributes } from '../radius/index.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { printExplanation } from './policy-explain-text.ts';
import { printSafeJson } from './safe-text.ts';
import { withStore, type StoreContext } from './store.ts';
import { withRepeatedOptions } from './user-groups.ts';
import { userNameProblem } from './user-name.ts';

export interface PolicyExplainArguments extends ConfigArguments {
  readonly user: string;
  readonly client: string;
  readonly address?: string | undefined;
  readonly time?: string | undefined;
  readonly group?: readonly string[] | undefined;
  readonly json?: boolean | undefined;
}

/** What is shown of the plan for a login. */
export interface ExplainedPlan {
  readonly policy: string;
  readonly user: string;
  readonly isInStore: boolean;
  readonly groups: readonly string[];
  readonly client: string;
  readonly address: string | null;
  /** ISO 8601. */
  readonly time: string;
  /** The line that log and audit have too; `null` where the policy has no rules. */
  readonly rule: string | null;
  readonly passedOver: readonly { readonly rule: string; readonly because: string }[];
  readonly decision: Plan['decision'];
  /** Those of the plan, each with whether the user has it. */
  readonly factors: readonly { readonly factor: string; readonly hasIt: boolean }[];
  readonly menu: boolean;
  readonly numberMatching: boolean;
  readonly rememberHours: number;
  /** Attributes that an Accept is given, secrets masked. */
  readonly reply: readonly string[];
}

interface Asked {
  readonly client: ClientConfig;
  readonly address: AddressOctets | undefined;
  readonly nowMs: number;
}

/** `policy explain`: which rule decides for a login, and why. */
export async function policyExplain(args: PolicyExplainArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, (store) => {
    const asked = readArguments(args, store);
    if (typeof asked === 'string') {
      io.err(asked);
      return Promise.resolve<ExitStatus>(2);
    }
    const explained = explain(args, asked, store);
    if (args.json === true) printSafeJson(io, explained);
    else printExplanation(explained, io);
    return Promise.resolve<ExitStatus>(0);
  });
}

function readArguments(args: PolicyExplainArguments, { config, clock }: StoreContext): Asked | string {
  const name = userNameProblem(args.user);
  if (name !== undefined) return `Refused: ${name}.`;
  const client = config.clients.find((known) => known.name === args.client);
  if (client === undefined)
    return `--client is none of the configuration: ${config.clients.map((known) => known.name).join(', ')}.`;
  const address = args.address === undefined ? undefined : parseAddress(args.address);
  if (args.address !== undefined && address === undefined) return '--address is no IPv4 or IPv6 address.';
  const nowMs = args.time === undefined ? clock.nowMs() : timeOf(args.time);
  if (Number.isNaN(nowMs)) return '--time is no ISO 8601 time with its zone, such as 2026-03-02T08:00+01:00.';
  return { client, address, nowMs };
}

// A time without a zone would depend on the machine.
function timeOf(text: string): number {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
}

function explain(args: PolicyExplainArguments, asked: Asked, { config, storage }: StoreContext): ExplainedPlan {
  const { directory } = storage;
  const { client, address, nowMs } = asked;
  const dictionary = loadOwnDictionary();
  const found = directory.findUser(args.user);
  const groups = [...(found?.groups ?? []), ...(args.group ?? [])];
  const facts = factsOf(args.user, found, groups, asked, directory);
  const explanation = plansOf(config, dictionary).explain(client.policy, facts);
  if (explanation === undefined) throw new Error(`the client ${client.name} has no policy`);
  const { plan, passedOver, reply } = explanation;
  return {
    policy: client.policy,
    user: found?.name ?? args.user,
    isInStore: found !== undefined,
    groups,
    client: client.name,
    address: address === undefined ? null : (args.address ?? null),
    time: new Date(nowMs).toISOString(),
    rule: plan.rule ?? null,
    passedOver: passedOver.map(({ rule, mismatch }) => ({ rule, because: because[mismatch] })),
    decision: plan.decision,
    factors: plan.factors.map((factor) => ({
      factor,
      hasIt: found !== undefined && hasFactor(factor, found, directory),
    })),
    menu: plan.hasMenu,
    numberMatching: plan.numberMatching,
    rememberHours: plan.rememberSeconds / 3_600,
    reply: plan.decision === 'deny' ? [] : dumpAttributes(reply, dictionary),
  };
}

function factsOf(
  name: string,
  found: LoginUser | undefined,
  groups: readonly string[],
  { client, address, nowMs }: Asked,
  directory: Directory,
): Facts {
  const username = { text: name, name, key: nameKey(name) };
  const person = { name, dn: '', source: '', groups: groups.map((group) => ({ dn: group, name: group })) };
  const isKnown = found !== undefined || groups.length > 0;
  return createFacts(
    { client: client.name, address: () => address, nowMs, username, user: found, person: isKnown ? person : undefined },
    directory,
  );
}

const because: Readonly<Record<Explanation['passedOver'][number]['mismatch'], string>> = {
  client: 'the client is another',
  user: 'the user is another',
  group: 'the user is in none of its groups',
  address: 'the address of the user is another, or unknown',
  time: 'the time is another',
  except: 'its exception holds, or may hold',
};

function hasFactor(factor: Plan['factors'][number], user: LoginUser, directory: Directory): boolean {
  switch (factor) {
    case 'totp':
    case 'hotp':
      return directory.passcodeTokens(user.id).some(({ type }) => type === factor);
    case 'push':
      return directory.pushDevices(user.id).length > 0;
    case 'sms':
    case 'call':
      return user.phone !== undefined;
    case 'email':
      return user.email !== undefined;
  }
}

/** `sallyport policy explain`. */
export const policyExplainCommand: CommandModule<object, PolicyExplainArguments> = {
  command: 'explain',
  describe: 'Show which rule decides for a login, why those before it do not, and what the login has to pass',
  builder: (yargs) =>
    withRepeatedOptions(
      yargs.options({
        user: { type: 'string', demandOption: true, requiresArg: true, describe: 'The user' },
        client: { type: 'string', demandOption: true, requiresArg: true, describe: 'Name of the client' },
        address: { type: 'string', requiresArg: true, describe: 'Address of the user; without it: the NAS tells none' },
        time: { type: 'string', requiresArg: true, describe: 'ISO 8601 with its zone; without it: now' },
        group: { type: 'string', array: true, nargs: 1, describe: 'A group more, as a directory would tell it' },
        json: { type: 'boolean', describe: 'Print JSON' },
        ...configOption,
      }),
    ),
  handler: handler(policyExplain),
};
