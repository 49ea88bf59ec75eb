import type { DatabaseSync } from 'node:sqlite';
import { timingSafeEqual } from 'node:crypto';
import type { PushDevices } from '../../factors/index.ts';
import type { Secret } from '../../lib/secret.ts';
import type { SecretBox } from '../secret-box.ts';
import { inTransaction } from './connection.ts';
import { deviceColumns, deviceIdentity, pushDevice } from './device-row.ts';
import type { DeviceRow } from './device-row.ts';
import { settle, storageError } from './sqlite-error.ts';
import type { Snapshot } from './snapshot.ts';
import { becomeActive } from './tokens.ts';

export interface DevicesDeps {
  readonly box: SecretBox;
  readonly file: string;
  /** A connection for reading, and its snapshot. */
  readonly readers: DatabaseSync;
  readonly snapshot: Snapshot;
  /** Called after each write. */
  readonly written: () => void;
}

/** Push tokens, as their protocols see them; `db` writes. */
export function createPushDevices(db: DatabaseSync, deps: DevicesDeps): PushDevices {
  const select = `SELECT ${deviceColumns} FROM tokens WHERE serial = ? AND type = 'push' AND is_enabled = 1`;
  const find = deps.readers.prepare(select);
  const findNow = db.prepare(select);
  const setData = db.prepare('UPDATE tokens SET data = ? WHERE id = ?');
  return {
    find(serial) {
      try {
        deps.snapshot.enter();
        const row = find.get(serial) as DeviceRow | undefined;
        return row && { ...pushDevice(row, deps.box), isPending: row.state === 'pending' };
      } catch (error) {
        throw storageError(error, deps.file);
      }
    },
    update(serial, before, after, options) {
      const update = (): boolean => {
        const row = findNow.get(serial) as DeviceRow | undefined;
        if (row === undefined || !isSame(pushDevice(row, deps.box).data, before)) return false;
        setData.run(deps.box.seal(after, deviceIdentity(serial, row.user_id)), row.id);
        if (options?.activate === true) becomeActive(db, row.id);
        return true;
      };
      return settle(deps.file, () => inTransaction(db, update)).finally(deps.written);
    },
  };
}

function isSame(one: Secret, other: Secret): boolean {
  return one.length === other.length && timingSafeEqual(one.reveal(), other.reveal());
}
