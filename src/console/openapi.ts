import * as z from 'zod';
import type { Operation } from './api-operations.ts';

const BEARER = 'apiKey';

const refusals: Readonly<Record<number, string>> = {
  400: 'The request does not fit the schema.',
  401: 'The API key is missing or wrong.',
  403: 'The API key may not do this.',
  429: 'Too many wrong API keys from this address: wait a minute.',
};

/** The OpenAPI 3.1 document of these operations; `url` is where the API is reached. */
export function openApiDocument(operations: readonly Operation[], url: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const path = operation.path.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[operation.method.toLowerCase()] = describe(operation);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sallyport',
      version: '1',
      description: 'Users, tokens and enrolment. `may` of an API key says what it is allowed to do.',
    },
    servers: [{ url }],
    security: [{ [BEARER]: [] }],
    paths,
    components: { securitySchemes: { [BEARER]: { type: 'http', scheme: 'bearer' } } },
  };
}

function describe({ id, summary, right, path, body, replies }: Operation): object {
  const parameters = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  return {
    operationId: id,
    summary,
    description: `Needs the right \`${right}\`.`,
    parameters,
    ...(body && { requestBody: { required: true, content: json(body, 'input') } }),
    responses: { ...describeRefusals(), ...describeReplies(replies) },
  };
}

function describeRefusals(): object {
  const schema = { type: 'object', properties: { error: { type: 'string' } }, required: ['error'] };
  return Object.fromEntries(
    Object.entries(refusals).map(([status, description]) => [
      status,
      { description, content: { 'application/json': { schema } } },
    ]),
  );
}

function describeReplies(replies: Operation['replies']): object {
  return Object.fromEntries(
    Object.entries(replies).map(([status, { description, schema }]) => [
      status,
      { description, ...(schema && { content: json(schema, 'output') }) },
    ]),
  );
}

function json(schema: z.ZodType, io: 'input' | 'output'): object {
  const described = z.toJSONSchema(schema, { io });
  // The dialect of OpenAPI 3.1 is this one.
  delete described.$schema;
  return { 'application/json': { schema: described } };
}
