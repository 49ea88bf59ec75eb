import * as z from 'zod';
import { clientSchema } from './client.ts';
import { nameSchema } from './common.ts';
import { gatewaySchema } from './gateways.ts';
import { factorsSchema, policySchema, type ntfySchema } from './policy.ts';
import { alertsSchema, limitsSchema, type alertEmailSchema, type alertWebhookSchema } from './limits.ts';
import { primarySchema } from './primary.ts';
import {
  accountingSchema,
  type apiKeySchema,
  auditSchema,
  consoleSchema,
  logSchema,
  sessionsSchema,
  storageSchema,
} from './running.ts';
import { serverSchema } from './server.ts';

export { clientSchema } from './client.ts';
export { authoritiesSchema, listOf } from './common.ts';
export { portOf } from './server.ts';
export type { ListenData } from './server.ts';
export type { HomeServerData } from './primary.ts';
export type { AuthoritiesInput, SecretInput } from './common.ts';
export { gatewaySchemas } from './gateways.ts';
export { factorsSchema, ntfySchema, policySchema } from './policy.ts';
export { alertEmailSchema, alertWebhookSchema } from './limits.ts';
export { ldapPrimarySchema } from './ldap.ts';
export { primarySchemas } from './primary.ts';
export { apiKeySchema, storageSchema } from './running.ts';
export { writtenOutSchemas } from './rules.ts';
export { serverSchema } from './server.ts';

/** The whole file: validation, the JSON Schema and the printed reference all come from here. */
export const configSchema = z.strictObject({
  server: serverSchema.prefault({}).describe('This process: its name, its data, where it listens.'),
  clients: z.array(clientSchema).min(1).describe('RADIUS clients (NAS) that may ask.'),
  primaries: z.record(nameSchema, primarySchema).describe('First doors, by name: who checks the password.'),
  policies: z
    .record(nameSchema, policySchema)
    .describe('Second doors, by name: which factors, and what if there are none.'),
  factors: factorsSchema.prefault({}).describe('What holds for each kind of second factor.'),
  gateways: z
    .record(nameSchema, gatewaySchema)
    .default({})
    .describe('Companies and boxes that deliver messages and calls, by name.'),
  storage: storageSchema.prefault({}).describe('Users, tokens and audit events.'),
  sessions: sessionsSchema.prefault({}).describe('Challenges that wait for their answer.'),
  accounting: accountingSchema.prefault({}).describe('Accounting that clients send (RFC 2866).'),
  console: consoleSchema
    .optional()
    .describe(
      'HTTP: `/metrics`, `/healthz`, `/readyz`, the API, what gateways and phones call. Without it: no HTTP at all.',
    ),
  limits: limitsSchema.prefault({}).describe('How often may be asked.'),
  alerts: alertsSchema.prefault({}).describe('Who is told at once that a user has reported a fraud.'),
  audit: auditSchema.prefault({}).describe('What an audit event keeps.'),
  log: logSchema.prefault({}).describe('What is written to standard output.'),
});

/** The file's data once it fits the schema, defaults filled in. */
export type ConfigData = z.output<typeof configSchema>;
/** One of `clients`. */
export type ClientData = z.output<typeof clientSchema>;
/** One of `primaries`. */
export type PrimaryData = z.output<typeof primarySchema>;
/** One of `primaries` of type `radius`. */
export type RadiusPrimaryData = Extract<PrimaryData, { type: 'radius' }>;
/** One of `primaries` of type `ldap`. */
export type LdapPrimaryData = Extract<PrimaryData, { type: 'ldap' }>;
/** One of `gateways`. */
export type GatewayData = z.output<typeof gatewaySchema>;
/** One of `factors.countries`. */
export type CountryData = ConfigData['factors']['countries'][string];
/** `factors.push.ntfy`. */
export type NtfyData = z.output<typeof ntfySchema>;
/** `alerts.email`. */
export type AlertEmailData = z.output<typeof alertEmailSchema>;
/** `alerts.webhook`. */
export type AlertWebhookData = z.output<typeof alertWebhookSchema>;
/** One of `policies`. */
export type PolicyData = z.output<typeof policySchema>;
/** `server`. */
export type ServerData = z.output<typeof serverSchema>;
/** One of `console.apiKeys`. */
export type ApiKeyData = z.output<typeof apiKeySchema>;
/** `console`. */
export type ConsoleData = z.output<typeof consoleSchema>;
/** `storage`. */
export type StorageData = z.output<typeof storageSchema>;
