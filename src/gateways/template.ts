import type { TextMessage } from '../factors/index.ts';

/** What templates can say. */
export type TemplateValues = Readonly<Record<string, string>>;

/** The values of one message. */
export function templateValues(message: TextMessage): TemplateValues {
  return {
    to: message.to,
    toDigits: message.to.replace(/^\+/, ''),
    from: message.from ?? '',
    id: message.id,
    subject: message.subject ?? '',
    text: message.text,
    channel: message.channel,
  };
}

/** `{{name}}` filled in; names that are none stay as they are. What is filled in is not looked at again. */
export function fillTemplate(template: string, values: TemplateValues): string {
  return template.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? '') : whole,
  );
}

/** The same in every text of a structure; keys and everything else stay. */
export function fillStructure(structure: unknown, values: TemplateValues): unknown {
  if (typeof structure === 'string') return fillTemplate(structure, values);
  if (Array.isArray(structure)) return structure.map((item) => fillStructure(item, values));
  if (typeof structure !== 'object' || structure === null) return structure;
  return Object.fromEntries(Object.entries(structure).map(([key, value]) => [key, fillStructure(value, values)]));
}
