import type { PushDevice, PushProtocol } from '../../factors/index.ts';
import type { SecretBox } from '../secret-box.ts';

/** The columns of a `DeviceRow`. */
export const deviceColumns = 'id, user_id, serial, protocol, state, hex(data) AS data_hex';

/** A push token as it stands in the table. */
export interface DeviceRow {
  readonly id: number;
  readonly user_id: number;
  readonly serial: string;
  readonly protocol: PushProtocol;
  readonly state: string;
  readonly data_hex: string;
}

/** The device of a row; throws `sealed-invalid`. */
export function pushDevice(row: DeviceRow, box: SecretBox): PushDevice {
  const { id: tokenId, user_id: userId, serial, protocol } = row;
  const data = box.open(Buffer.from(row.data_hex, 'hex'), deviceIdentity(serial, userId));
  return { tokenId, userId, serial, protocol, data };
}

/** The record a push token's data is sealed for: moved to another user or serial, it opens no more. */
export function deviceIdentity(serial: string, userId: number): string {
  return `push:${serial}:${userId}`;
}
