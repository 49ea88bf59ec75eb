import type { Kysely } from 'kysely';

/**
 * Groups of a user that are kept here: their names, a line each, in the user's own row, so that a login reads them with
 * the rest at no further cost.
 */
export async function addGroups({ schema }: Kysely<unknown>): Promise<void> {
  await schema.alterTable('users').addColumn('group_names', 'text').execute();
}
