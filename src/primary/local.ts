import type { Directory, LoginUser } from '../access/index.ts';
import type { Logger } from '../lib/logger.ts';
import type { Random } from '../lib/random.ts';
import { createDummyHash, matchesPassword, parsePasswordHash } from './password-hash.ts';
import type { PasswordHash } from './password-hash.ts';
import type { Credentials, Primary, PrimaryRequest, PrimaryResult } from './primary.ts';
import { WorkQueue } from './work-queue.ts';

export { hashPassword, verifyPassword } from './password-hash.ts';

/** The first door of users whose password is kept here. */
export interface LocalPrimaryOptions {
  readonly name: string;
  /** Passwords checked at the same time, each about 20 ms of one core and 19 MiB; default 2. */
  readonly maxChecking?: number;
  /** Passwords that may wait for that; default 200, which takes some three seconds to work off. */
  readonly maxWaiting?: number;
}

/** What it needs. */
export interface LocalPrimaryDeps {
  readonly directory: Pick<Directory, 'findUser'>;
  readonly random: Random;
  readonly logger: Logger;
}

type Rejection = Extract<PrimaryResult, { kind: 'rejected' }>['reason'];

const ACCEPTED: PrimaryResult = { kind: 'accepted', attributes: [] };

/**
 * Checks passwords against the store's argon2id hashes, off the event loop and a few at a time. A user who is unknown
 * or has no password costs as much time as one who has; only the log says which. Nobody can log in with an empty
 * password. Who is disabled is told apart only after the right password.
 */
export function createLocalPrimary(options: LocalPrimaryOptions, deps: LocalPrimaryDeps): Primary {
  const queue = new WorkQueue({ maxRunning: options.maxChecking ?? 2, maxWaiting: options.maxWaiting ?? 200 });
  const dummyHash = createDummyHash(deps.random);

  async function authenticate(request: PrimaryRequest): Promise<PrimaryResult> {
    const { credentials } = request;
    if (credentials.kind !== 'pap') return refuse(request, 'credentials-unsupported', noHash(credentials.kind));
    const { password } = credentials;
    if (password.length === 0) return refuse(request, 'wrong-password', 'the password is empty');
    try {
      const user = deps.directory.findUser(request.usernameText);
      const hash = ownHash(user, request);
      const outcome = await queue.run(() => matchesPassword(hash ?? dummyHash, password));
      switch (outcome.kind) {
        case 'full':
          return { kind: 'unavailable', cause: 'too many passwords are being checked', isBusy: true };
        case 'stopped':
          return { kind: 'unavailable', cause: 'the primary is not running' };
        case 'done':
          return judge(request, user, hash !== undefined && outcome.value);
      }
    } catch (error) {
      deps.logger.error({ requestId: request.requestId, error }, 'a password could not be checked');
      return { kind: 'unavailable', cause: 'the password could not be checked' };
    }
  }

  function ownHash(user: LoginUser | undefined, { requestId }: PrimaryRequest): PasswordHash | undefined {
    if (user?.passwordHash === undefined) return undefined;
    const hash = parsePasswordHash(user.passwordHash);
    if (hash === undefined) {
      deps.logger.error(
        { requestId, user: user.name },
        'the password hash of this user is damaged: set a new password',
      );
    }
    return hash;
  }

  function judge(request: PrimaryRequest, user: LoginUser | undefined, isRight: boolean): PrimaryResult {
    if (user === undefined) return refuse(request, 'user-unknown', 'the user is unknown');
    if (user.passwordHash === undefined) return refuse(request, 'wrong-password', 'the user has no password here');
    if (!isRight) return refuse(request, 'wrong-password', 'the password is wrong');
    if (!user.isEnabled) return refuse(request, 'user-disabled', 'the user is disabled');
    return ACCEPTED;
  }

  function refuse({ requestId, usernameText }: PrimaryRequest, reason: Rejection, why: string): PrimaryResult {
    deps.logger.debug({ requestId, user: usernameText, primary: options.name, reason }, `rejected: ${why}`);
    return rejected(reason);
  }

  return {
    name: options.name,
    authenticate,
    start: () => {
      queue.start();
      return Promise.resolve();
    },
    stop: () => {
      queue.stop();
      return Promise.resolve();
    },
  };
}

// CHAP and MS-CHAP prove a password to who knows it; a hash of it is not enough.
function noHash(kind: Exclude<Credentials['kind'], 'pap'>): string {
  if (kind === 'none') return 'there is no password';
  return `${kind} cannot be checked against a password hash: it needs a home server`;
}

function rejected(reason: Rejection): PrimaryResult {
  return { kind: 'rejected', reason, attributes: [] };
}
