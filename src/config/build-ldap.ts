import type { LdapPrimaryConfig } from './ldap-config.ts';
import type { Path } from './problem.ts';
import type { SecretBook } from './read-secrets.ts';
import { ldapPrimarySchema, type LdapPrimaryData } from './schema/index.ts';
import { withSecrets } from './secret-places.ts';

interface Preset {
  readonly nameAttribute: string;
  readonly loginAttributes: readonly string[];
  readonly idAttribute: string;
  readonly userFilter: string;
  readonly groups: LdapPrimaryConfig['groups'];
  readonly groupFilter: string;
}

const presets: Readonly<Record<LdapPrimaryData['kind'], Preset>> = {
  'active-directory': {
    nameAttribute: 'sAMAccountName',
    loginAttributes: ['userPrincipalName'],
    idAttribute: 'objectGUID',
    // Computers are persons too, by their class.
    userFilter: '(&(objectCategory=person)(objectClass=user))',
    groups: 'in-chain',
    groupFilter: '(objectClass=group)',
  },
  generic: {
    nameAttribute: 'uid',
    loginAttributes: [],
    idAttribute: 'entryUUID',
    userFilter: '(objectClass=person)',
    groups: 'walk',
    groupFilter: '(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=group))',
  },
};

/** A directory with the defaults of its kind. */
export function buildLdapPrimary(data: LdapPrimaryData, path: Path, secrets: SecretBook): LdapPrimaryConfig {
  const sealed = withSecrets(ldapPrimarySchema, data, { path, ...secrets });
  const { bindPassword, ca } = sealed as Pick<LdapPrimaryConfig, 'bindPassword' | 'ca'>;
  const preset = presets[data.kind];
  const labels = domainLabels(data.baseDn);
  return {
    ...data,
    ...{ bindPassword, ca },
    userFilter: data.userFilter ?? preset.userFilter,
    nameAttribute: data.nameAttribute ?? preset.nameAttribute,
    loginAttributes: data.loginAttributes ?? preset.loginAttributes,
    idAttribute: data.idAttribute ?? preset.idAttribute,
    groups: data.groups ?? preset.groups,
    groupFilter: data.groupFilter ?? preset.groupFilter,
    groupBaseDn: data.groupBaseDn ?? data.baseDn,
    upnSuffixes: lower(data.upnSuffixes ?? (labels.length === 0 ? [] : [labels.join('.')])),
    netbiosDomains: lower(data.netbiosDomains ?? labels.slice(0, 1)),
    referralHosts: lower(data.referralHosts),
  };
}

/** `example` and `com` of `ou=people,dc=example,dc=com`. */
function domainLabels(dn: string): string[] {
  return [...dn.matchAll(/(?:^|,)\s*dc\s*=\s*([\w-]+)\s*(?=,|$)/gi)].map(([, label = '']) => label.toLowerCase());
}

function lower(names: readonly string[]): string[] {
  return names.map((name) => name.toLowerCase());
}
