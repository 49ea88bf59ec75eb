import type { AttributeBook } from '../attribute-book.ts';
import { buildAttributes } from '../build-rules.ts';
import type { Finding, Path } from '../problem.ts';
import type { AttributesConfig } from '../rule-config.ts';
import { listOf } from '../schema/index.ts';
import type { PolicyData } from '../schema/index.ts';
import { didYouMean } from '../suggest.ts';
import type { Survey } from '../survey.ts';
import { repeatsOf } from './repeats.ts';

type RuleData = PolicyData['rules'][number];

/** Rules that name clients nobody has, factors twice, or one name for two rules. */
export function checkRules(survey: Survey): Finding[] {
  return [...survey.policies.values()].flatMap(({ path, data }) => {
    const rules = data.rules ?? [];
    const replies = data.reply ?? [];
    return [
      ...rules.flatMap((rule, index) => ruleFaults(rule, [...path, 'rules', index], survey)),
      ...replies.flatMap((reply, index) => clientFaults(reply, [...path, 'reply', index], survey)),
      ...sameNames(rules, [...path, 'rules']),
    ];
  });
}

function ruleFaults(rule: RuleData, path: Path, survey: Survey): Finding[] {
  const factors = (rule.factors ?? []).map((name, index) => ({ name, index }));
  const twice = repeatsOf(factors, ({ name }) => name).map(({ item }) => ({
    path: [...path, 'factors', item.index],
    message: 'stands in this list already',
  }));
  return [...clientFaults(rule, path, survey), ...twice];
}

function clientFaults(scope: Pick<RuleData, 'when' | 'except'>, path: Path, { clients }: Survey): Finding[] {
  const names = clients.flatMap(({ data }) => data.name ?? []);
  return (['when', 'except'] as const).flatMap((key) => {
    const written = scope[key]?.client;
    if (written === undefined) return [];
    return listOf(written).flatMap((name, index) => {
      if (names.includes(name)) return [];
      const place = [...path, key, 'client', ...(Array.isArray(written) ? [index] : [])];
      return [{ path: place, message: `"${name}" is the name of no client${didYouMean(name, names)}` }];
    });
  });
}

function sameNames(rules: readonly RuleData[], path: Path): Finding[] {
  const named = rules.flatMap(({ name }, index) => (name === undefined ? [] : [{ name, index }]));
  return repeatsOf(named, ({ name }) => name).map(({ item, first }) => ({
    path: [...path, item.index, 'name'],
    message: `is the name of rules[${first.index}] already`,
  }));
}

// RFC 2865 §3: 4096 octets, less header, Message-Authenticator, and a little for the client's Proxy-State.
const MAX_REPLY_OCTETS = 4_096 - 20 - 18 - 58;

/** Attributes that no dictionary has, values that they cannot hold, and replies that fit into no packet. */
export function checkAttributes(survey: Survey, book: AttributeBook | undefined): Finding[] {
  if (book === undefined) return [];
  return [
    ...[...survey.policies.values()].flatMap(({ path, data }) => [
      ...(data.rules ?? []).flatMap(({ reply }, index) => faultsIn(reply, [...path, 'rules', index, 'reply'], book)),
      ...(data.reply ?? []).flatMap(({ attributes }, index) =>
        faultsIn(attributes, [...path, 'reply', index, 'attributes'], book),
      ),
    ]),
    ...survey.clients.flatMap(({ path, data: { relay } }) => [
      ...faultsIn(relay?.set, [...path, 'relay', 'set'], book),
      ...faultsIn(relay?.add, [...path, 'relay', 'add'], book),
      ...Object.keys(relay?.set ?? {}).flatMap((name) =>
        removalFault(name, [...path, 'relay', 'set', name], book, true),
      ),
      ...(relay?.remove ?? []).flatMap((name, index) =>
        removalFault(name, [...path, 'relay', 'remove', index], book, false),
      ),
    ]),
  ];
}

function faultsIn(
  written: Parameters<typeof buildAttributes>[0] | undefined,
  path: Path,
  book: AttributeBook,
): Finding[] {
  const attributes: AttributesConfig = buildAttributes(written ?? {});
  let octets = 0;
  const faults = Object.entries(attributes).flatMap(([name, values]) =>
    values.flatMap((value, index) => {
      const measured = book.measure(name, value);
      const place = [...path, name, ...(Array.isArray(written?.[name]) ? [index] : [])];
      switch (measured.kind) {
        case 'fits':
          octets += measured.octets;
          return [];
        case 'unknown':
          return index === 0 ? [unknownAttribute(name, [...path, name], book)] : [];
        case 'refused':
          return [{ path: place, message: measured.problem }];
      }
    }),
  );
  const message = `these attributes take ${octets} octets, and an Access-Accept has room for ${MAX_REPLY_OCTETS}`;
  return octets > MAX_REPLY_OCTETS ? [...faults, { path, message }] : faults;
}

function removalFault(name: string, path: Path, book: AttributeBook, isSet: boolean): Finding[] {
  switch (book.canRemove(name)) {
    case 'yes':
      return [];
    case 'no':
      return [
        { path, message: `stands inside another attribute and cannot be ${isSet ? 'replaced' : 'removed'} alone` },
      ];
    case 'unknown':
      // Of what is set, the value has been looked at already.
      return isSet ? [] : [unknownAttribute(name, path, book)];
  }
}

function unknownAttribute(name: string, path: Path, book: AttributeBook): Finding {
  const [plain = name, tag] = name.split(':', 2);
  const near = didYouMean(plain, book.names());
  return {
    path,
    message: `no dictionary has an attribute of this name${tag === undefined ? near : near.replace('"?', `:${tag}"?`)}`,
  };
}
