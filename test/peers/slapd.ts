import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { makeCertificate } from '../support/certificate.ts';
import { Program, run } from '../support/process.ts';
import type { Section } from '../support/sallyport.ts';
import { freeTcpPort, makeFolder, waitForTcpPort } from './loopback.ts';
import { peerPath } from './presence.ts';

/** Where everything of the directory stands. */
export const BASE_DN = 'dc=example,dc=com';
/** The account that may read it. */
export const SERVICE = { dn: `cn=sallyport,${BASE_DN}`, password: 'the-service-accounts-password' };

const ADMIN = { dn: `cn=admin,${BASE_DN}`, password: 'the-administrators-password' };

/** A user of the directory; further attributes by name. */
export interface DirectoryUser {
  readonly uid: string;
  readonly password?: Buffer | string;
  readonly attributes?: Readonly<Record<string, string | readonly string[]>>;
}

export interface SlapdOptions {
  readonly users?: readonly DirectoryUser[];
  /** CN of each group and DNs of its members. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** More entries. */
  readonly ldif?: string;
  /** Lines behind its configuration. */
  readonly config?: string;
  /** Ports of one that was there before. */
  readonly ports?: { readonly plain: number; readonly tls: number };
}

/** Debian's slapd on 127.0.0.1, with users below `ou=people` and groups below `ou=groups`. */
export interface Slapd {
  readonly ports: { readonly plain: number; readonly tls: number };
  /** PEM of the authority of its certificate, which is for `localhost`. */
  readonly ca: string;
  /** Adds or changes entries, as the administrator. */
  change(ldif: string): Promise<void>;
  /** DNs of the simple binds it has seen, in order. */
  binds(): string[];
  log(): string;
  /** Its log comes a little later than its answers. */
  waitForLog(pattern: RegExp, from?: number): Promise<RegExpExecArray>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on the same ports, with what it had. */
  restart(): Promise<void>;
  /** SIGSTOP and SIGCONT: it is there and says nothing. */
  freeze(isFrozen: boolean): void;
  stop(): Promise<void>;
}

/** The DN of a user. */
export function userDn(uid: string): string {
  return `uid=${uid.replaceAll(',', String.raw`\,`)},ou=people,${BASE_DN}`;
}

/** The DN of a group. */
export function groupDn(cn: string): string {
  return `cn=${cn.replaceAll(',', String.raw`\,`)},ou=groups,${BASE_DN}`;
}

/** An entry as LDIF. */
export function userLdif({ uid, password, attributes = {} }: DirectoryUser): string {
  const values = { cn: uid, sn: uid, ...attributes };
  return ldifEntry(userDn(uid), {
    objectClass: ['inetOrgPerson'],
    uid,
    ...values,
    ...(password !== undefined && { userPassword: password }),
  });
}

/** Any entry as LDIF. */
export function ldifEntry(
  dn: string,
  attributes: Readonly<Record<string, Buffer | string | readonly string[]>>,
): string {
  const line = (name: string, value: Buffer | string): string => `${name}:: ${Buffer.from(value).toString('base64')}`;
  const lines = Object.entries(attributes).flatMap(([name, value]) =>
    typeof value === 'string' || Buffer.isBuffer(value) ? [line(name, value)] : value.map((one) => line(name, one)),
  );
  return [line('dn', dn), ...lines, '', ''].join('\n');
}

/** What our configuration says of it, under `primaries`. */
export function ldapSection({ ports }: Slapd, folder: string, more: Section = {}): Section {
  return {
    type: 'ldap',
    kind: 'generic',
    urls: [`ldaps://localhost:${ports.tls}`],
    ca: { file: join(folder, 'ca.pem') },
    baseDn: BASE_DN,
    bindDn: SERVICE.dn,
    bindPassword: SERVICE.password,
    timeoutSeconds: 3,
    ...more,
  };
}

/** Starts a directory of its own; resolves once it answers. */
export async function startSlapd(options: SlapdOptions = {}): Promise<Slapd> {
  const folder = await makeFolder('slapd');
  const ports = options.ports ?? { plain: await freeTcpPort(), tls: await freeTcpPort() };
  const certificate = makeCertificate();
  await prepare(folder, certificate, options);
  const serve = async (): Promise<Program> => {
    const urls = `ldap://127.0.0.1:${ports.plain} ldaps://127.0.0.1:${ports.tls}`;
    const program = await Program.start(peerPath('slapd'), [
      '-f',
      join(folder, 'slapd.conf'),
      '-h',
      urls,
      '-d',
      'stats',
    ]);
    try {
      for (const port of Object.values(ports)) await waitForTcpPort(program, '127.0.0.1', port);
    } catch (error) {
      await program.kill();
      throw error;
    }
    return program;
  };
  let program = await serve();
  const change = async (ldif: string): Promise<void> => {
    const bound = ['-x', '-H', `ldap://127.0.0.1:${ports.plain}`, '-D', ADMIN.dn, '-w', ADMIN.password];
    const { status, stderr } = await run(peerPath('ldapmodify'), ['-a', ...bound], { input: ldif });
    if (status !== 0) throw new Error(`ldapmodify: ${stderr}`);
  };
  const groups = Object.entries(options.groups ?? {}).map(([cn, member]) =>
    ldifEntry(groupDn(cn), { objectClass: ['groupOfNames'], cn, member }),
  );
  if (groups.length > 0) await change(groups.join(''));
  return {
    ports,
    ca: certificate.cert,
    change,
    binds: () => [...program.output.matchAll(/BIND dn="([^"]*)" method=128/g)].map(([, dn = '']) => dn),
    log: () => program.output,
    waitForLog: (pattern, from = 0) => program.waitFor(pattern, { from }),
    kill: async () => {
      await program.kill();
    },
    restart: async () => {
      program = await serve();
    },
    freeze: (isFrozen) => program.signal(isFrozen ? 'SIGSTOP' : 'SIGCONT'),
    stop: async () => {
      program.signal('SIGCONT');
      await program.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function prepare(
  folder: string,
  { key, cert }: ReturnType<typeof makeCertificate>,
  options: SlapdOptions,
): Promise<void> {
  await mkdir(join(folder, 'data'));
  await writeFile(join(folder, 'key.pem'), key, { mode: 0o600 });
  await writeFile(join(folder, 'cert.pem'), cert);
  await writeFile(join(folder, 'slapd.conf'), slapdConfig(folder) + (options.config ?? ''), { mode: 0o600 });
  const entries = [
    ldifEntry(BASE_DN, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' }),
    ...['people', 'groups'].map((ou) => ldifEntry(`ou=${ou},${BASE_DN}`, { objectClass: ['organizationalUnit'], ou })),
    ldifEntry(SERVICE.dn, {
      objectClass: ['organizationalRole', 'simpleSecurityObject'],
      cn: 'sallyport',
      userPassword: SERVICE.password,
    }),
    ...(options.users ?? []).map(userLdif),
    options.ldif ?? '',
  ];
  await writeFile(join(folder, 'entries.ldif'), entries.join(''));
  const loading = ['-q', '-f', join(folder, 'slapd.conf'), '-l', join(folder, 'entries.ldif')];
  const { status, stderr } = await run(peerPath('slapadd'), loading, { timeoutMs: 30_000 });
  if (status !== 0) throw new Error(`slapadd: ${stderr}`);
}

function slapdConfig(folder: string): string {
  return `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile ${folder}/pid
TLSCertificateFile ${folder}/cert.pem
TLSCertificateKeyFile ${folder}/key.pem
sizelimit 500
database mdb
suffix "${BASE_DN}"
rootdn "${ADMIN.dn}"
rootpw ${ADMIN.password}
directory ${folder}/data
maxsize 67108864
dbnosync
index objectClass,uid,mail,member eq
limits dn.exact="${SERVICE.dn}" size.soft=500 size.hard=500 size.prtotal=unlimited
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="${SERVICE.dn}" read by self read by * none
overlay memberof
`;
}
