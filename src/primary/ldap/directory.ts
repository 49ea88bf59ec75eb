import type { LdapPrimaryConfig } from '../../config/index.ts';
import { createBoundedCache, type BoundedCache } from '../../lib/bounded-cache.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Metrics } from '../../lib/metrics.ts';
import { nameKey } from '../../lib/name-key.ts';
import type { PasswordChange, Person, PersonLookup } from '../primary.ts';
import type { Found, Target } from './connection.ts';
import { Controller, type ServiceAccount } from './controller.ts';
import { Controllers } from './controllers.ts';
import { directBindName, directUser } from './direct-bind.ts';
import { DirectoryError } from './error.ts';
import { all, mailFilter, nameFilter, writtenFilter } from './filters.ts';
import { groupsOf, type PrimaryGroups } from './groups.ts';
import { readLoginName, type LoginName } from './login-name.ts';
import type { LdapResult, SearchQuestion } from './messages.ts';
import { attributesOf, readPerson, type ReadPhone } from './person.ts';
import { primaryGroupAttributes } from './primary-group.ts';
import { allowedReferral, targetOf, type Referral } from './referral.ts';
import { search, type Place, type Searching } from './search.ts';

/** A primary of type `ldap`, and its name under `primaries`. */
export interface LdapOptions extends LdapPrimaryConfig {
  readonly name: string;
}

/** What a directory is built on. */
export interface LdapDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly readPhone: ReadPhone;
}

const MAX_CACHED = 10_000;
const MAX_PRIMARY_GROUPS = 100;
// A name that is unknown is asked for twice in one login.
const UNKNOWN_TTL_MS = 2_000;
// One more than may be there.
const AMBIGUOUS_AT = 2;
const MAX_LOOK_UPS = 500;

/** Finds people, and binds as them: what the rest of the folder is for. */
export class LdapDirectory {
  readonly options: LdapOptions;
  readonly #deps: LdapDeps;
  readonly #targets: readonly Target[];
  readonly #controllers: Controllers;
  readonly #account: ServiceAccount | undefined;
  readonly #ca: string | undefined;
  readonly #cache: BoundedCache<string, PersonLookup>;
  readonly #primaryGroups: PrimaryGroups | undefined;
  readonly #looking = new Map<string, Promise<PersonLookup>>();
  /** Where people stand whom a referral led to. */
  readonly #homes = new WeakMap<Person, Target>();

  constructor(options: LdapOptions, deps: LdapDeps) {
    this.options = options;
    this.#deps = deps;
    const { ca, bindDn, bindPassword } = options;
    this.#ca = ca;
    const isBound = bindDn !== undefined && bindPassword !== undefined;
    this.#account = isBound ? { dn: bindDn, password: bindPassword } : undefined;
    this.#targets = targetsOf(options);
    const lifetime = { ms: Math.max(1, options.cacheSeconds * 1000), clock: deps.clock };
    this.#cache = createBoundedCache({ maxEntries: MAX_CACHED, lifetime });
    const isKept = options.cacheSeconds > 0;
    this.#primaryGroups = isKept ? createBoundedCache({ maxEntries: MAX_PRIMARY_GROUPS, lifetime }) : undefined;
    this.#controllers = new Controllers(
      this.#targets.map((target) => this.#controllerFor(target)),
      { primary: options.name, failures: options.failures, asideMs: options.asideSeconds * 1000 },
      { ...deps, probe: (controller) => this.probe(controller) },
    );
  }

  /** The servers, in order of preference. */
  controllers(): readonly Controller[] {
    return this.#targets.map((target) => this.#controllerFor(target));
  }

  /** Whether people can be looked up at all: without an account of our own only names are read. */
  get isSearchable(): boolean {
    return this.#account !== undefined || this.options.directBind === undefined;
  }

  /** Who has that name. Never rejects for what a directory may do. */
  async find(name: string): Promise<PersonLookup> {
    const key = nameKey(name);
    const known = this.#cache.get(key) ?? this.#looking.get(key);
    if (known !== undefined) return known;
    if (this.#looking.size >= MAX_LOOK_UPS) return unavailable('too many names are being looked up', true);
    const looking = this.#lookUp(name).finally(() => this.#looking.delete(key));
    this.#looking.set(key, looking);
    const found = await looking;
    if (found.kind === 'found' && this.options.cacheSeconds > 0) this.#cache.set(key, found);
    if (found.kind === 'unknown' || found.kind === 'ambiguous') this.#cache.set(key, found, { ttl: UNKNOWN_TTL_MS });
    return found;
  }

  /** Binds as the person, or as the name the template makes of theirs. */
  bind(person: Person, password: string): Promise<LdapResult> {
    const { directBind } = this.options;
    const dn = directBind === undefined ? person.dn : (directBindName(directBind, person.name) ?? '');
    if (dn === '') return Promise.reject(new DirectoryError('refused', 'the user has no DN to bind with'));
    const home = this.#homes.get(person);
    if (home === undefined) return this.#controllers.ask((controller) => controller.bind(dn, password));
    return this.#controllerFor(home).bind(dn, password);
  }

  /** Whether every server is spoken to under TLS: no password is changed otherwise. */
  get isPrivate(): boolean {
    return this.#targets.every(({ security }) => security !== 'plain');
  }

  /** Changes the password of the person, on a connection of the service account that is used for nothing else. */
  changePassword(person: Person, change: PasswordChange): Promise<LdapResult> {
    const use = (controller: Controller): Promise<LdapResult> =>
      controller.workAlone(async (connection, deadlineMs) => {
        try {
          return await connection.changePassword(person.dn, change, deadlineMs);
        } catch (error) {
          // It may be changed by now: no other server is asked, where the old password would be wrong.
          throw new DirectoryError('refused', `no answer to a change of a password`, { cause: error });
        }
      });
    const home = this.#homes.get(person);
    return home === undefined ? this.#controllers.ask(use) : use(this.#controllerFor(home));
  }

  /** Works on a connection of the service account, on the first server that is there. */
  ask<T>(use: (searching: Searching) => Promise<T>): Promise<T> {
    return this.#controllers.ask((controller) => this.askOne(controller, use));
  }

  /** The same on one server alone. */
  askOne<T>(controller: Controller, use: (searching: Searching) => Promise<T>): Promise<T> {
    return controller.work((connection, deadlineMs) => use(this.#searching({ connection, deadlineMs })));
  }

  /** Whether the server answers a search below `baseDn`. */
  probe(controller: Controller): Promise<number> {
    const { baseDn } = this.options;
    const question = { base: baseDn, scope: 'base', filter: writtenFilter('(objectClass=*)') } as const;
    return this.askOne(controller, async (searching) => {
      const { places } = await search(searching, { ...question, attributes: ['1.1'], sizeLimit: 1 });
      return places.length;
    });
  }

  stop(): void {
    this.#controllers.stop();
  }

  async #lookUp(text: string): Promise<PersonLookup> {
    const name = readLoginName(text, this.options);
    if (name.kind === 'foreign') return { kind: 'unknown' };
    if (!this.isSearchable) return this.#readName(name);
    try {
      return await this.ask((searching) => this.#identify(name, searching));
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error;
      return unavailable(error.message, error.code === 'busy');
    }
  }

  // Nobody can be looked up: whoever binds under that name is the one.
  #readName(name: LoginName): PersonLookup {
    const user = directUser(name);
    const dn = user === undefined ? undefined : directBindName(this.options.directBind ?? '', user);
    if (user === undefined || dn === undefined) return { kind: 'unknown' };
    return { kind: 'found', person: { name: user, dn, source: this.options.name, groups: [] } };
  }

  // Names come before mail addresses: whoever may write their own address must not shadow another's name.
  async #identify(name: Exclude<LoginName, { kind: 'foreign' }>, searching: Searching): Promise<PersonLookup> {
    const byName = await this.#entries(nameFilter(name, this.options), searching);
    const mayBeMail = byName.length === 0 && name.kind === 'address' && this.options.loginByMail;
    const places = mayBeMail ? await this.#entries(mailFilter(name.address, this.options), searching) : byName;
    const [place] = places;
    if (place === undefined) return { kind: 'unknown' };
    if (places.length >= AMBIGUOUS_AT) return this.#ambiguous();
    return this.#personAt(place, searching);
  }

  async #entries(filter: ReturnType<typeof mailFilter>, searching: Searching): Promise<readonly Place[]> {
    const { baseDn, userFilter } = this.options;
    const attributes = [...attributesOf(this.options), ...this.#groupAttributes()];
    const both = all([writtenFilter(userFilter), filter]);
    const question = { base: baseDn, scope: 'sub', filter: both, attributes, sizeLimit: AMBIGUOUS_AT } as const;
    return (await search(searching, question)).places;
  }

  #groupAttributes(): readonly string[] {
    const { groups, kind } = this.options;
    if (groups === 'none') return [];
    const ofPrimary = kind === 'active-directory' ? primaryGroupAttributes : [];
    return groups === 'memberOf' ? ['memberOf', ...ofPrimary] : ofPrimary;
  }

  async #personAt({ entry, at }: Place, searching: Searching): Promise<PersonLookup> {
    const groups = await groupsOf(entry, this.options, searching, this.#primaryGroups);
    const context = { source: this.options.name, groups, readPhone: this.#deps.readPhone };
    const person = await readPerson(entry, this.options, context);
    if (person === undefined) return { kind: 'unknown' };
    if (at !== undefined) this.#homes.set(person, at);
    return { kind: 'found', person };
  }

  #ambiguous(): PersonLookup {
    this.#deps.logger.warn({ primary: this.options.name }, 'several users of the directory have the name of a login');
    return { kind: 'ambiguous' };
  }

  #searching(on: Pick<Searching, 'connection' | 'deadlineMs'>): Searching {
    const { referrals, referralHosts, startTls, serverName } = this.options;
    const rules = { referrals, referralHosts, startTls, serverName, targets: this.#targets, ca: this.#ca };
    const allow = (url: string): Referral | undefined => allowedReferral(url, rules);
    if (!referrals) return { ...on, allow };
    return { ...on, allow, follow: (referral, question) => this.#follow(referral, question) };
  }

  #follow({ target }: Referral, question: SearchQuestion): Promise<Found> {
    return this.#controllerFor(target).workAlone((connection, deadlineMs) => connection.search(question, deadlineMs));
  }

  #controllerFor(target: Target): Controller {
    const { poolSize, timeoutSeconds, kind } = this.options;
    // Active Directory says it in its own words.
    const limits = { poolSize, timeoutMs: timeoutSeconds * 1000, asksPolicy: kind === 'generic' };
    return new Controller({ target, account: this.#account, ...limits }, this.#deps.clock);
  }
}

/** How each of `urls` is spoken to. */
export function targetsOf({ urls, ca, serverName, startTls }: LdapPrimaryConfig): Target[] {
  return urls.flatMap((url) => targetOf(url, { ca, serverName, startTls }) ?? []);
}

function unavailable(cause: string, isBusy = false): PersonLookup {
  return { kind: 'unavailable', cause, ...(isBusy && { isBusy: true as const }) };
}
