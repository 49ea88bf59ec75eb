import { expect, it } from 'vitest';
import { runSchema } from '../../../src/cli/schema.ts';
import { captureIo } from '../../support/captured-io.ts';

it('prints a JSON Schema that closes every mapping and requires what has no default', async () => {
  const io = captureIo();
  expect(await runSchema({}, io)).toBe(0);
  const schema = JSON.parse(io.shown) as Record<string, unknown>;
  expect(schema).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    required: ['clients', 'primaries', 'policies'],
    additionalProperties: false,
    properties: {
      server: { properties: { dataDir: { default: './data' } }, additionalProperties: false },
      clients: { items: { required: ['name', 'primary'], additionalProperties: false } },
    },
  });
  expect(io.complained).toBe('');
});
