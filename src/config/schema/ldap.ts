import * as z from 'zod';
import { authoritiesSchema, secretSchema, whole } from './common.ts';

// A short name or numbers with dots, as in `mail` or `1.2.840.113556.1.4.221` (RFC 4512 §2.5).
const attributeSchema = z
  .string()
  .regex(/^([A-Za-z][A-Za-z0-9-]{0,63}|\d+(\.\d+)+)$/, { error: 'must be the name of one attribute' });

const dnSchema = z
  .string()
  .max(1000)
  .regex(/^[A-Za-z0-9.-]+\s*=[^\0]*$/, { error: 'must be a distinguished name, such as dc=example,dc=com' });

const filterSchema = z.string().min(1).max(4000);

const urlSchema = z
  .string()
  .regex(/^ldaps?:\/\/([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?\/?$/i, {
    error: 'must be ldaps://HOST or ldap://HOST, with a port where it is not the usual one',
  })
  .meta({ title: 'LDAP address' });

const domainSchema = z.string().regex(/^[\p{L}\p{N}._-]{1,253}$/u, { error: 'must be the name of a domain' });

const hostSchema = z
  .string()
  .regex(/^[A-Za-z0-9:]([A-Za-z0-9._:-]{0,252})$/, { error: 'must be a host name or an IP address' })
  .meta({ title: 'host' });

const syncSchema = z.strictObject({
  filter: filterSchema.optional().describe('LDAP filter of those who are taken over.'),
  group: dnSchema.optional().describe('DN of a group whose members are taken over, those of groups within it too.'),
  ou: dnSchema.optional().describe('DN below which they stand; without it `baseDn`.'),
  everyMinutes: whole(0, 10_080)
    .default(60)
    .describe('Minutes between two runs of the server; 0: only by `sallyport directory sync`.'),
  maxRemovals: whole(0, 1_000_000)
    .default(5)
    .describe('When more users than this would be disabled in one run, nobody is, and the log says so.'),
});

const attributes = {
  nameAttribute: attributeSchema
    .optional()
    .describe('Attribute that is a user’s one name here. Without it: `sAMAccountName`, or `uid` where generic.'),
  loginAttributes: z
    .array(attributeSchema)
    .optional()
    .describe(
      'Other attributes by which a user may log in; never one that users can change. Without it: `userPrincipalName` in Active Directory.',
    ),
  loginByMail: z
    .boolean()
    .default(true)
    .describe('Whether a user may log in by mail address, where it is nobody’s name and only theirs.'),
  idAttribute: attributeSchema
    .optional()
    .describe('Attribute that stays when a user is renamed. Without it: `objectGUID`, or `entryUUID` where generic.'),
  firstNameAttribute: attributeSchema.default('givenName').describe('Attribute of the first name.'),
  lastNameAttribute: attributeSchema.default('sn').describe('Attribute of the last name.'),
  mailAttribute: attributeSchema.default('mail').describe('Attribute of the mail address.'),
  languageAttribute: attributeSchema.default('preferredLanguage').describe('Attribute of the language, as in `de`.'),
  phoneAttributes: z
    .array(attributeSchema)
    .default(['mobile', 'telephoneNumber'])
    .describe('Attributes of phone numbers; the first that holds one is taken, with its extension.'),
};

const groups = {
  groups: z
    .enum(['memberOf', 'in-chain', 'walk', 'none'])
    .optional()
    .describe(
      'How groups are found: `memberOf` of the user alone, `in-chain` (nested, by a rule of Active Directory), `walk` (nested, upwards by `member`). Without it: `in-chain`, or `walk` where generic.',
    ),
  groupBaseDn: dnSchema.optional().describe('DN below which groups stand; without it `baseDn`.'),
  groupFilter: filterSchema.optional().describe('LDAP filter of groups that count; without it those with members.'),
  maxGroups: whole(1, 10_000).default(1000).describe('Groups of one user that are read at most.'),
  maxGroupDepth: whole(1, 50).default(10).describe('How far `walk` goes upwards.'),
};

const connections = {
  startTls: z.boolean().default(false).describe('Whether ldap:// goes on under TLS before anything is said.'),
  allowPlaintext: z
    .boolean()
    .default(false)
    .describe('Whether ldap:// without `startTls` may be: passwords cross the network in clear.'),
  ca: authoritiesSchema.optional(),
  serverName: hostSchema.optional().describe('Name in the servers’ certificates, where it is not the one in `urls`.'),
  timeoutSeconds: z
    .number()
    .min(0.5)
    .max(60)
    .default(5)
    .describe('Seconds for one question to one server, connecting included; then the next server is asked.'),
  poolSize: whole(1, 64).default(4).describe('Connections of the service account that are kept to each server.'),
  failures: whole(1, 100).default(2).describe('Failures in a row after which a server is left aside.'),
  asideSeconds: whole(1, 3600).default(15).describe('Seconds between two trials whether a server left aside is back.'),
  referrals: z
    .boolean()
    .default(false)
    .describe('Whether referrals are followed, one step, under TLS, to hosts of `urls` and `referralHosts` alone.'),
  referralHosts: z.array(hostSchema).default([]).describe('Other hosts that may be followed to with our account.'),
  pageSize: whole(1, 1000).default(500).describe('Entries a page (RFC 2696).'),
  cacheSeconds: whole(0, 3600)
    .default(300)
    .describe('Seconds for which a user who was found is not looked up again; as long as a login takes.'),
};

/** A directory. */
export const ldapPrimarySchema = z.strictObject({
  type: z.literal('ldap').describe('Active Directory or another LDAP directory.'),
  kind: z
    .enum(['active-directory', 'generic'])
    .default('active-directory')
    .describe('Which defaults the other keys have.'),
  urls: z.array(urlSchema).min(1).max(16).describe('Servers, in order of preference: `ldaps://dc1.example.com`.'),
  baseDn: dnSchema.describe('Where users are looked for: `dc=example,dc=com`.'),
  bindDn: z
    .string()
    .min(1)
    .max(1000)
    .optional()
    .describe('Account that may read users and groups, as DN or UPN; not needed with `directBind`.'),
  bindPassword: secretSchema.optional().describe('Its password.'),
  directBind: z
    .string()
    .max(1000)
    .regex(/^[^\0]*\{user\}[^\0]*$/, { error: 'must hold {user}' })
    .optional()
    .describe(
      'Binds as this name without a search: a DN `uid={user},ou=people,dc=example,dc=com`, `{user}@example.com` or `EXAMPLE\\{user}`. For names in ASCII alone, and only where an account has one name for that place: by two, it would be two users here.',
    ),
  userFilter: filterSchema.optional().describe('LDAP filter that users meet. Without it: whatever is a person.'),
  upnSuffixes: z
    .array(domainSchema)
    .optional()
    .describe('Domains behind `@` that are ours. Without it: the one of `baseDn`.'),
  netbiosDomains: z
    .array(domainSchema)
    .optional()
    .describe(
      'Domains before `\\` that are ours. Without it: the first part of `baseDn`, EXAMPLE of dc=example,dc=com.',
    ),
  ...attributes,
  ...groups,
  ...connections,
  sync: syncSchema.optional().describe('Who is put into the store ahead of the first login; disabled when gone.'),
});
