import type {
  PasswordChange,
  PasswordChangeResult,
  Person,
  PersonLookup,
  Primary,
  PrimaryRequest,
  PrimaryResult,
} from '../primary.ts';
import { adReason, type Rejection } from './ad-reason.ts';
import { LdapDirectory, type LdapDeps, type LdapOptions } from './directory.ts';
import { DirectoryError } from './error.ts';
import type { LdapResult } from './messages.ts';
import { policyReason } from './policy-reason.ts';
import { Code, shortened } from './search.ts';
import { changeResult } from './unicode-pwd.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The first door of a directory: looks the user up on a connection of the service account, then binds as the entry that
 * was found, on a connection of its own. One login costs one bind. Nobody logs in with an empty password.
 */
export class LdapPrimary implements Primary {
  readonly name: string;
  /** Of Active Directory; missing where passwords would go in clear. */
  readonly changePassword?: NonNullable<Primary['changePassword']>;
  readonly #directory: LdapDirectory;
  readonly #deps: LdapDeps;
  #isRunning = false;

  constructor(options: LdapOptions, deps: LdapDeps) {
    this.name = options.name;
    this.#deps = deps;
    this.#directory = new LdapDirectory(options, deps);
    const mayChange = options.kind === 'active-directory' && this.#directory.isPrivate;
    if (mayChange) this.changePassword = (request, change) => this.#change(request, change);
  }

  start(): Promise<void> {
    this.#isRunning = true;
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#isRunning = false;
    this.#directory.stop();
    return Promise.resolve();
  }

  find(name: string): ReturnType<NonNullable<Primary['find']>> {
    if (!this.#isRunning) return Promise.resolve({ kind: 'unavailable', cause: `primary ${this.name} is not running` });
    return this.#directory.find(name);
  }

  async authenticate(request: PrimaryRequest): Promise<PrimaryResult> {
    if (request.credentials.kind !== 'pap') return rejected('credentials-unsupported');
    const password = readPassword(request.credentials.password);
    const lookup = await this.#lookUp(request);
    if (lookup.kind === 'unavailable') return lookup;
    if (lookup.kind !== 'found') return this.#refuse(request, 'user-unknown', lookup.kind);
    if (password === undefined) return this.#refuse(request, 'wrong-password', 'the password is empty');
    return this.#bind(request, lookup.person, password);
  }

  async #lookUp({ person, usernameText }: PrimaryRequest): Promise<PersonLookup> {
    return person === undefined ? this.find(usernameText) : { kind: 'found', person };
  }

  async #change(request: PrimaryRequest, change: PasswordChange): Promise<PasswordChangeResult> {
    const lookup = await this.#lookUp(request);
    if (lookup.kind === 'unavailable') return lookup;
    if (lookup.kind !== 'found' || !this.#isRunning) return { kind: 'refused', reason: 'not-permitted' };
    try {
      const { code, message } = await this.#directory.changePassword(lookup.person, change);
      const result = changeResult(code, message);
      const { requestId, usernameText: user } = request;
      this.#deps.logger.debug({ requestId, user, primary: this.name, code }, `password change: ${shortened(message)}`);
      return result ?? unavailable(`the directory does not change the password (result ${code})`);
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error;
      return unavailable(error.message);
    }
  }

  async #bind(request: PrimaryRequest, person: Person, password: string): Promise<PrimaryResult> {
    if (!this.#isRunning) return unavailable(`primary ${this.name} is not running`);
    try {
      return this.#judge(request, await this.#directory.bind(person, password));
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error;
      return { ...unavailable(error.message), ...(error.code === 'busy' && { isBusy: true }) };
    }
  }

  #judge(request: PrimaryRequest, { code, message, policyError }: LdapResult): PrimaryResult {
    const policy = policyReason(policyError);
    const isTold = code === Code.success || code === Code.invalidCredentials;
    if (isTold && policy !== undefined) return this.#refuse(request, policy, `the password policy (${policyError})`);
    switch (code) {
      case Code.success:
        return { kind: 'accepted', attributes: [] };
      case Code.invalidCredentials:
        return this.#refuse(request, adReason(message) ?? 'wrong-password', shortened(message));
      case Code.noSuchObject:
        return this.#refuse(request, 'user-unknown', shortened(message));
      case Code.strongerAuthRequired:
      case Code.confidentialityRequired:
        return unavailable('the directory wants TLS: use ldaps:// or startTls');
      case Code.busy:
      case Code.unavailable:
      case Code.other:
        return unavailable(`the directory cannot answer now (result ${code})`);
    }
    return this.#refuse(request, 'rejected-upstream', `result ${code}: ${shortened(message)}`);
  }

  #refuse({ requestId, usernameText }: PrimaryRequest, reason: Rejection, why: string): PrimaryResult {
    this.#deps.logger.debug({ requestId, user: usernameText, primary: this.name, reason }, `rejected: ${why}`);
    return rejected(reason);
  }
}

/**
 * The password as a directory wants it: UTF-8 (RFC 4513 §5.1.3). What is no UTF-8 came from a NAS that speaks Latin-1. `undefined`
 * for an empty one, which would bind as nobody and succeed (RFC 4513 §5.1.2); one that begins with NUL is empty to many
 * a server.
 */
function readPassword(octets: Buffer): string | undefined {
  if (octets.length === 0 || octets[0] === 0) return undefined;
  try {
    return utf8.decode(octets);
  } catch {
    return octets.toString('latin1');
  }
}

function rejected(reason: Rejection): PrimaryResult {
  return { kind: 'rejected', reason, attributes: [] };
}

function unavailable(cause: string): PrimaryResult & { readonly kind: 'unavailable' } {
  return { kind: 'unavailable', cause };
}
