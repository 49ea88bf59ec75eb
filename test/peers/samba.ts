import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Authority } from '../support/authority.ts';
import { Program, run } from '../support/process.ts';
import { makeFolder, waitForTcpPort } from './loopback.ts';
import { peerPath } from './presence.ts';

/** Why an account may not log in although its password is right. */
export type AccountState =
  'expired' | 'must-change' | 'disabled' | 'account-expired' | 'locked-out' | 'outside-hours' | 'elsewhere';

export interface DomainUser {
  /** sAMAccountName and CN below CN=Users; the UPN is `name@example.test`. */
  readonly name: string;
  readonly password: string;
  readonly is?: AccountState;
  /** Names of groups. */
  readonly memberOf?: readonly string[];
  /** Instead of Domain Users. */
  readonly primaryGroup?: string;
  /** More of the entry: `mail`, `telephoneNumber`, `givenName`, `sn` … */
  readonly attributes?: Readonly<Record<string, string | readonly string[]>>;
}

export interface DomainGroup {
  readonly name: string;
  readonly memberOf?: readonly string[];
}

export interface DomainOptions {
  readonly users?: readonly DomainUser[];
  /** Those that others are members of come first. */
  readonly groups?: readonly DomainGroup[];
  /** Accounts that get another sAMAccountName, UPN and CN. */
  readonly renames?: Readonly<Record<string, string>>;
  /** Of the domain's head: `lockoutThreshold`, `minPwdLength`, `pwdHistoryLength` … A changed password may be changed again at once. */
  readonly policy?: Readonly<Record<string, string>>;
}

/** Debian's Samba as an Active Directory domain controller, with nothing but LDAP, on a loopback address of its own. */
export interface DomainController {
  /** `ldaps://127.53.…`: 636 is the only port it knows. */
  readonly url: string;
  /** `ldap://…`: takes binds only after StartTLS. */
  readonly plainUrl: string;
  /** The certificate that has signed the controller's, PEM. */
  readonly ca: string;
  readonly caFile: string;
  /** `DC=example,DC=test` */
  readonly baseDn: string;
  /** An account that may read, and nothing more. */
  readonly service: { readonly dn: string; readonly password: string };
  dnOf(name: string): string;
  /** Adds users, or sets the passwords and states of present ones; groups first. The controller sees it at once. */
  put(change: DomainOptions): Promise<void>;
  /** What a simple bind over TLS is answered: `undefined` when it succeeds. */
  bind(name: string, password: string): Promise<string | undefined>;
  log(): string;
  stop(): Promise<void>;
}

/** What samba-domain.py reads. */
interface DomainRequest extends Required<DomainOptions> {
  readonly address: string;
  readonly adminPassword: string;
}

const BASE_DN = 'DC=example,DC=test';
const SERVICE: DomainUser = { name: 'sallyport', password: 'Reads-only-1' };
const POLICY = { minPwdAge: '0' };
const LDAPS_PORT = 636;
const CREDENTIALS_ARE_REFUSED = 49;
const FOLDERS = ['private', 'state', 'cache', 'lock', 'run', 'ncalrpc', 'sysvol'];

let started = 0;

/** Makes a domain and starts its controller, some ten seconds on two cores; needs root. Resolves once it answers. */
export async function startDomainController(options: DomainOptions = {}): Promise<DomainController> {
  const address = ownAddress();
  const folder = await makeFolder('samba');
  const caFile = join(folder, 'ca.pem');
  const ca = await writeFiles(folder, address);
  const put = (change: DomainOptions): Promise<void> => changeDomain(folder, address, change);
  const args = ['--foreground', '--model=single', '--no-process-group', '--debug-stdout'];
  let program: Program | undefined;
  const stop = async (): Promise<void> => {
    await program?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await put({ ...options, users: [SERVICE, ...(options.users ?? [])], policy: { ...POLICY, ...options.policy } });
    program = await Program.start(peerPath('samba'), [...args, `--configfile=${join(folder, 'smb.conf')}`]);
    await waitForTcpPort(program, address, LDAPS_PORT);
  } catch (error) {
    await stop();
    throw error;
  }
  const controller = program;
  return {
    url: `ldaps://${address}`,
    plainUrl: `ldap://${address}`,
    ...{ ca, caFile, put, stop },
    baseDn: BASE_DN,
    service: { dn: dnOf(SERVICE.name), password: SERVICE.password },
    dnOf,
    bind: (name, password) => bind(folder, `ldaps://${address}`, dnOf(name), password),
    log: () => controller.output,
  };
}

// Samba's LDAP ports are fixed, so each controller gets an address: all of 127.0.0.0/8 is this machine.
function ownAddress(): string {
  started += 1;
  return `127.${53 + started}.${(process.pid >> 8) & 255}.${(process.pid & 127) + 64}`;
}

async function writeFiles(folder: string, address: string): Promise<string> {
  const authority = new Authority();
  const { key, cert } = authority.issue('/CN=dc1.example.test', { san: `IP:${address},DNS:dc1.example.test` });
  authority.remove();
  for (const name of FOLDERS) await mkdir(join(folder, name));
  await writeFile(join(folder, 'ca.pem'), authority.ca);
  await writeFile(join(folder, 'key.pem'), key, { mode: 0o600 });
  await writeFile(join(folder, 'cert.pem'), cert);
  await writeFile(join(folder, 'smb.conf'), sambaConfig(folder, address));
  return authority.ca;
}

function sambaConfig(folder: string, address: string): string {
  return `[global]
  netbios name = DC1
  realm = EXAMPLE.TEST
  workgroup = EXAMPLE
  server role = active directory domain controller
  server services = ldap
  interfaces = ${address}/8
  bind interfaces only = yes
  old password allowed period = 0
  private dir = ${folder}/private
  state directory = ${folder}/state
  cache directory = ${folder}/cache
  lock directory = ${folder}/lock
  pid directory = ${folder}/run
  ncalrpc dir = ${folder}/ncalrpc
  binddns dir = ${folder}/bind-dns
  winbindd socket directory = ${folder}/winbindd
  ntp signd socket directory = ${folder}/ntp
  tls keyfile = ${folder}/key.pem
  tls certfile = ${folder}/cert.pem
  tls cafile = ${folder}/ca.pem
[sysvol]
  path = ${folder}/sysvol
[netlogon]
  path = ${folder}/sysvol/scripts
`;
}

async function changeDomain(folder: string, address: string, change: DomainOptions): Promise<void> {
  const request: DomainRequest = {
    address,
    adminPassword: 'Adm1n!strator',
    users: change.users ?? [],
    groups: change.groups ?? [],
    renames: change.renames ?? {},
    policy: change.policy ?? {},
  };
  const script = join(import.meta.dirname, 'samba-domain.py');
  // Debian's own interpreter: only it has Samba's modules.
  const made = await run('/usr/bin/python3', [script, folder], { input: JSON.stringify(request), timeoutMs: 120_000 });
  if (made.status !== 0) throw new Error(`the domain was not made:\n${made.stdout}\n${made.stderr}`);
}

function dnOf(name: string): string {
  return `CN=${name},CN=Users,${BASE_DN}`;
}

async function bind(folder: string, url: string, dn: string, password: string): Promise<string | undefined> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  const args = ['-x', '-H', url, '-D', dn, '-y', passwordFile, '-b', '', '-s', 'base', '-LLL', '1.1'];
  const said = await run(peerPath('ldapsearch'), args, { env: { LDAPTLS_CACERT: join(folder, 'ca.pem') } });
  if (said.status === 0) return undefined;
  if (said.status !== CREDENTIALS_ARE_REFUSED) throw new Error(said.stderr);
  return said.stderr;
}
