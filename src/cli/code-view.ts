import type { CodeKind } from '../access/index.ts';
import { codeCharacters, createCode } from '../factors/index.ts';
import type { Random } from '../lib/random.ts';
import type { CodeQuery, CodeRecord, Storage } from '../storage/index.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { requireUser } from './known-user.ts';

/** What is shown of a code: never the code, nor its digest. */
export interface CodeView {
  /** Number to revoke it by. */
  readonly id: number;
  readonly user: string;
  /** App password: the one client it opens. */
  readonly client: string | null;
  readonly label: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601; `null`: never. */
  readonly expiresAt: string | null;
}

/** What is shown of that code. */
export function codeView({ id, username, client, label, createdAtMs, expiresAtMs }: CodeRecord): CodeView {
  const expiresAt = expiresAtMs === 0 ? null : new Date(expiresAtMs).toISOString();
  return {
    id,
    user: username,
    client: client ?? null,
    label,
    createdAt: new Date(createdAtMs).toISOString(),
    expiresAt,
  };
}

/** Prints the codes of one user (who has to exist) or of all. */
export async function listCodes(
  storage: Storage,
  query: CodeQuery,
  io: CliIo,
  print: (views: readonly CodeView[]) => Promise<void>,
): Promise<ExitStatus> {
  if (query.username !== undefined && (await requireUser(storage, query.username, io)) === undefined) return 1;
  await print((await storage.codes.listCodes(query)).map(codeView));
  return 0;
}

/** A fresh code of that kind for the user, and the digest to keep. */
export function newCode(
  storage: Storage,
  random: Random,
  owner: { readonly userId: number; readonly kind: CodeKind },
): { readonly code: string; readonly digest: Buffer } {
  const code = createCode(random, codeCharacters[owner.kind]);
  return { code, digest: storage.codeDigest(owner.userId, code) };
}
