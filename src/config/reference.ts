import type { JsonSchema } from './json-schema.ts';

const HEADER = `<!-- prettier-ignore-start -->

# Configuration reference

Made from the schema by \`npm run docs\`; do not edit. Keys marked **required** have no default. \`sallyport check\` says
what is wrong with a file, every problem at once; \`sallyport schema\` prints the JSON Schema (\`schema.json\` beside this
file) that editors complete and check by.

Relative paths count from the folder of the configuration file.
`;

const SECRETS = `## Secrets

Where a type says *secret*, the value is one of:

| written | meaning |
| --- | --- |
`;

const FOOTER = '<!-- prettier-ignore-end -->\n';

interface Row {
  readonly key: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
}

/** The manual of every key, in Markdown. */
export function configReference(schema: JsonSchema): string {
  const sections = Object.entries(schema.properties ?? {}).map(([name, section]) => sectionText(name, section));
  return [HEADER, ...sections, SECRETS + secretRows(schema), FOOTER].join('\n');
}

function sectionText(name: string, section: JsonSchema): string {
  const intro = `## ${name}\n\n${section.description ?? ''}\n`;
  if (Object.keys(section.properties ?? {}).length === 0 && section.properties !== undefined) return intro;
  if (section.items !== undefined) return `${intro}\n${objectText(`${name}[]`, section.items)}`;
  const entry = section.additionalProperties;
  if (typeof entry !== 'object') return `${intro}\n${objectText(name, section)}`;
  return `${intro}\n${recordText(name, entry)}`;
}

function recordText(name: string, entry: JsonSchema): string {
  if (entry.oneOf === undefined) return objectText(`${name}.NAME`, entry);
  return entry.oneOf
    .map((variant) => {
      const type = variant.properties?.['type'];
      return `### ${name}.NAME with type ${String(type?.const)}\n\n${objectText(`${name}.NAME`, variant)}`;
    })
    .join('\n');
}

// Lists of mappings get a table of their own below the one they stand in.
function objectText(path: string, schema: JsonSchema): string {
  const rows = rowsOf(schema, '');
  if (rows.length === 0) return '';
  const inner = rows.flatMap(({ key, schema: row }) => {
    if (row.items?.properties === undefined) return [];
    return [`\n### ${path}.${key}[]\n\n${objectText(`${path}.${key}[]`, row.items)}`];
  });
  return table(rows) + inner.join('');
}

function rowsOf(schema: JsonSchema, prefix: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const key = `${prefix}${name}`;
    if (property.properties !== undefined) return rowsOf(property, `${key}.`);
    return [{ key, schema: property, isRequired: (schema.required ?? []).includes(name) }];
  });
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ key, schema, isRequired }) => {
    const cells = [`\`${key}\``, typeText(schema), defaultText(schema, isRequired), schema.description ?? ''];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  });
  return `| key | type | default | meaning |\n| --- | --- | --- | --- |\n${lines.join('')}`;
}

function defaultText(schema: JsonSchema, isRequired: boolean): string {
  if (schema.default !== undefined) return `\`${yamlText(schema.default)}\``;
  return isRequired ? '**required**' : '–';
}

function typeText(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title === 'secret' ? '[secret](#secrets)' : schema.title;
  if (schema.const !== undefined) return `\`${yamlText(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${yamlText(value)}\``).join(', ');
  if (schema.anyOf !== undefined) {
    return schema.anyOf.map((form) => (form.type === 'array' ? 'a list' : typeText(form))).join(' or ');
  }
  switch (schema.type) {
    case 'array':
      return schema.maxItems === 0 ? 'empty list' : `list of ${itemText(schema.items ?? {})}`;
    case 'integer':
      return `whole number, ${bounds(schema)}`;
    case 'number':
      return `number, ${bounds(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
    case undefined:
    default:
      return 'text';
  }
}

function itemText(items: JsonSchema): string {
  return items.properties === undefined ? typeText(items) : 'mappings, see below';
}

function bounds({ minimum, maximum }: JsonSchema): string {
  return minimum === maximum ? String(minimum) : `${String(minimum)}–${String(maximum)}`;
}

function yamlText(value: unknown): string {
  if (typeof value === 'string') return /^[\w./-]+$/.test(value) ? value : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(yamlText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value).map(([key, inner]) => `${key}: ${yamlText(inner)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function secretRows(schema: JsonSchema): string {
  const forms = schema.properties?.['clients']?.items?.properties?.['secret']?.anyOf ?? [];
  const lines = forms.map((form) => {
    const [key, property] = Object.entries(form.properties ?? {})[0] ?? [];
    if (key === undefined) return `| \`secret: text\` | ${form.description ?? ''} |\n`;
    return `| \`secret: { ${key}: … }\` | ${property?.description ?? ''} |\n`;
  });
  return lines.join('');
}
