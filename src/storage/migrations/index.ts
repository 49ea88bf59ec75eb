import { createFirstTables } from './0001-first-tables.ts';
import { batchEvents } from './0002-event-batches.ts';
import { addFactors } from './0003-factors.ts';
import { addGroups } from './0004-groups.ts';
import { addLimits } from './0005-limits.ts';
import { addDirectory } from './0006-directory.ts';
import { addAccounting } from './0007-accounting.ts';
import type { MigrationStep } from './migration.ts';

export type { MigrationStep, SchemaDialect } from './migration.ts';

/** Every step of the schema by name, in order. A name once released is never changed, moved or removed. */
export const migrationSteps: Readonly<Record<string, MigrationStep>> = {
  '0001-first-tables': createFirstTables,
  '0002-event-batches': batchEvents,
  '0003-factors': addFactors,
  '0004-groups': addGroups,
  '0005-limits': addLimits,
  '0006-directory': addDirectory,
  '0007-accounting': addAccounting,
};
