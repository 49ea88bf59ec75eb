import type { PushDevice, PushDevices, PushProtocol } from '../../factors/index.ts';
import { Secret } from '../../lib/secret.ts';
import { jsonFields, type Fields } from './fields.ts';

/** A phone and what its protocol keeps of it. */
export interface KnownDevice {
  readonly device: PushDevice;
  readonly data: Fields;
}

/** Longest serial that is looked up. */
export const MAX_SERIAL_CHARACTERS = 64;

/** Which state of a token is asked for. */
export type DeviceState = 'pending' | 'active';

/** Data of a token as it is kept. */
export function keepData(data: object): Secret {
  return Secret.fromText(JSON.stringify(data));
}

/** Data of a token; `undefined` when it is not what this program has written. */
export function readData(data: Secret): Fields | undefined {
  return jsonFields(data.reveal());
}

/** The phone of that serial, if it speaks the protocol, is in that state and its data says so too. */
export function findDevice(
  devices: PushDevices,
  { serial, protocol, state }: { serial: string | undefined; protocol: PushProtocol; state: DeviceState },
): KnownDevice | undefined {
  const device = serial === undefined ? undefined : devices.find(serial);
  if (device === undefined || device.protocol !== protocol || device.isPending !== (state === 'pending'))
    return undefined;
  const data = readData(device.data);
  return data?.['state'] === state ? { device, data } : undefined;
}
