import type { PushDevice, PushDevices, PushEnrolment, PushProtocol } from '../../../src/factors/index.ts';
import type { Secret } from '../../../src/lib/secret.ts';

/** Push tokens in memory. */
export class MemoryPushDevices implements PushDevices {
  readonly #devices = new Map<string, PushDevice & { readonly isPending: boolean }>();

  /** Adds a token, by default one whose enrolment has only begun. */
  add(serial: string, protocol: PushProtocol, { data }: PushEnrolment, { isPending } = { isPending: true }): void {
    const tokenId = this.#devices.size + 1;
    this.#devices.set(serial, { tokenId, userId: 1, serial, protocol, data, isPending });
  }

  /** The token, which has to be there. */
  get(serial: string): PushDevice & { readonly isPending: boolean } {
    const device = this.#devices.get(serial);
    if (device === undefined) throw new Error(`no token ${serial}`);
    return device;
  }

  /** Takes a token away, as disabling does. */
  remove(serial: string): void {
    this.#devices.delete(serial);
  }

  find(serial: string): (PushDevice & { readonly isPending: boolean }) | undefined {
    return this.#devices.get(serial);
  }

  update(serial: string, before: Secret, after: Secret, options = { activate: false }): Promise<boolean> {
    const device = this.#devices.get(serial);
    if (device?.data.reveal().equals(before.reveal()) !== true) return Promise.resolve(false);
    this.#devices.set(serial, { ...device, data: after, isPending: device.isPending && !options.activate });
    return Promise.resolve(true);
  }
}
