/** What a user typed as name, taken apart. */
export type LoginName =
  /** Without a domain, or with one of ours before it. */
  | { readonly kind: 'name'; readonly user: string }
  /** With `@`: a UPN or a mail address. `user`: what stands before it, where the domain is ours. */
  | { readonly kind: 'address'; readonly address: string; readonly user: string | undefined }
  /** A domain that is not ours, or no name at all. */
  | { readonly kind: 'foreign' };

/** Domains that are ours, in lower case. */
export interface OwnDomains {
  readonly upnSuffixes: readonly string[];
  readonly netbiosDomains: readonly string[];
}

const FOREIGN: LoginName = { kind: 'foreign' };
// RFC 2865 §5.1.
const MAX_OCTETS = 253;

/** Reads `user`, `DOMAIN\user` and `user@domain`. */
export function readLoginName(text: string, own: OwnDomains): LoginName {
  const name = text.normalize('NFC');
  if (name.trim() !== name || name.includes('\0') || Buffer.byteLength(name) > MAX_OCTETS) return FOREIGN;
  if (name.includes('\\')) return qualified(name, own);
  if (name.includes('@')) return address(name, own);
  return name === '' ? FOREIGN : { kind: 'name', user: name };
}

function qualified(name: string, { netbiosDomains, upnSuffixes }: OwnDomains): LoginName {
  const [domain = '', user = '', ...more] = name.split('\\');
  const isOurs = [...netbiosDomains, ...upnSuffixes].includes(domain.toLowerCase());
  if (!isOurs || more.length > 0 || user === '' || user.includes('@')) return FOREIGN;
  return { kind: 'name', user };
}

function address(name: string, { upnSuffixes }: OwnDomains): LoginName {
  const at = name.lastIndexOf('@');
  const [user, domain] = [name.slice(0, at), name.slice(at + 1)];
  if (user === '' || domain === '') return FOREIGN;
  return { kind: 'address', address: name, user: upnSuffixes.includes(domain.toLowerCase()) ? user : undefined };
}
