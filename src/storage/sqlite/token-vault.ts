import type { DatabaseSync } from 'node:sqlite';
import type { OtpAlgorithm, PasscodeType } from '../../factors/index.ts';
import { nameKey } from '../../lib/name-key.ts';
import { StorageError } from '../storage-error.ts';
import type { StorageErrorCode } from '../storage-error.ts';
import type { TokenImport, TokenImportOutcome, TokenVault, VaultToken } from '../token-vault.ts';
import { inTransaction } from './connection.ts';
import { tokenIdentity } from './directory.ts';
import { settle } from './sqlite-error.ts';
import { addToken } from './tokens.ts';
import type { TokenStoreDeps } from './tokens.ts';
import { addUser } from './users.ts';

// What is wrong with one token; anything else (a full disk) undoes the whole transaction.
const tokenProblems: ReadonlySet<StorageErrorCode> = new Set([
  'user-exists',
  'user-unknown',
  'user-name-invalid',
  'serial-exists',
  'serial-invalid',
]);

/** Tokens with their secrets on the caller's thread, for commands. */
export function createTokenVault(db: DatabaseSync, deps: TokenStoreDeps): TokenVault {
  const asPromised = <Result>(work: () => Result): Promise<Result> => settle(deps.file, work).finally(deps.written);
  const select = (condition: string, ...values: string[]): VaultToken[] =>
    (db.prepare(`${selectTokens} ${condition}`).all(...values) as unknown as TokenRow[]).map((row) =>
      toToken(row, deps),
    );
  return {
    importTokens: (tokens, { mayCreateUsers }) =>
      asPromised(() => inTransaction(db, () => tokens.map((token) => importToken(db, deps, token, mayCreateUsers)))),
    exportTokens: (username) =>
      asPromised(() =>
        username === undefined ? select(inOrder) : select(`WHERE users.name_key = ? ${inOrder}`, nameKey(username)),
      ),
    findToken: (serial) => asPromised(() => select('WHERE tokens.serial = ?', serial)[0]),
    resyncToken: (tokenId, { counter, driftSteps }) =>
      asPromised(() => {
        const statement = db.prepare(
          'UPDATE token_uses SET last_counter = ?, drift_steps = ? WHERE token_id = ? AND last_counter < ?',
        );
        return statement.run(counter, driftSteps, tokenId, counter).changes === 1;
      }),
  };
}

function importToken(
  db: DatabaseSync,
  deps: TokenStoreDeps,
  { username, ...token }: TokenImport,
  mayCreateUsers: boolean,
): TokenImportOutcome {
  db.exec('SAVEPOINT token_import');
  try {
    const known = db.prepare('SELECT id FROM users WHERE name_key = ?').get(nameKey(username))?.['id'];
    if (known === undefined && !mayCreateUsers) throw new StorageError('user-unknown', `There is no user ${username}.`);
    const userId = known === undefined ? addUser(db, deps.clock, username, {}).id : Number(known);
    addToken(db, deps, { ...token, userId });
    db.exec('RELEASE token_import');
    return { kind: 'imported', isUserNew: known === undefined };
  } catch (error) {
    if (!(error instanceof StorageError && tokenProblems.has(error.code))) throw error;
    db.exec('ROLLBACK TO token_import; RELEASE token_import');
    return { kind: 'refused', code: error.code, message: error.message };
  }
}

const selectTokens = `SELECT tokens.*, users.name AS username, last_counter, drift_steps
   FROM tokens JOIN users ON users.id = tokens.user_id JOIN token_uses ON token_uses.token_id = tokens.id
     AND tokens.type IN ('totp', 'hotp')`;
const inOrder = 'ORDER BY users.name_key, tokens.id';

interface TokenRow {
  readonly id: number;
  readonly user_id: number;
  readonly type: PasscodeType;
  readonly serial: string;
  readonly secret: Uint8Array;
  readonly digits: number;
  readonly algorithm: OtpAlgorithm;
  readonly period_seconds: number;
  readonly is_enabled: number;
  readonly username: string;
  readonly last_counter: number;
  readonly drift_steps: number;
}

function toToken(row: TokenRow, { box }: TokenStoreDeps): VaultToken {
  return {
    id: row.id,
    userId: row.user_id,
    type: row.type,
    serial: row.serial,
    secret: box.open(row.secret, tokenIdentity(row.serial, row.user_id)),
    digits: row.digits,
    algorithm: row.algorithm,
    periodSeconds: row.period_seconds,
    lastCounter: row.last_counter,
    driftSteps: row.drift_steps,
    username: row.username,
    isEnabled: row.is_enabled === 1,
  };
}
