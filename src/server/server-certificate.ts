import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Metrics } from '../lib/metrics.ts';
import { readTlsFiles, signatureOf, type TlsFiles, type TlsMaterial } from '../lib/tls-files.ts';

/** What the papers of a listener are as Node wants them. */
export interface TlsContext {
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly ca?: Buffer;
}

const DAY_MS = 86_400_000;

/**
 * The certificate of a listener, its key and its clients' authorities, read again when a file has changed. While the new
 * ones do not fit (a certificate is there before its key), the old ones stay in force.
 */
export class ServerCertificate {
  readonly #files: TlsFiles;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #signature = '';
  #expiresMs: number | undefined;

  constructor(files: TlsFiles, deps: { readonly clock: Clock; readonly logger: Logger; readonly metrics: Metrics }) {
    this.#files = files;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    if (files.cert === undefined) return;
    deps.metrics.gauge('radsec_certificate_days_left', 'Days until the certificate of the listener expires', () =>
      Math.floor(((this.#expiresMs ?? 0) - this.#clock.nowMs()) / DAY_MS),
    );
  }

  /** What to begin with. Throws where the files cannot be used, though the configuration could use them a moment ago. */
  context(): TlsContext {
    this.#signature = signatureOf(this.#files);
    const { material, faults, expiresMs } = readTlsFiles(this.#files, this.#clock.nowMs());
    if (material === undefined) throw new Error(faults.map(({ role, message }) => `${role}: ${message}`).join('; '));
    this.#expiresMs = expiresMs;
    return contextOf(material);
  }

  /** The new papers where files have changed since the last look and can be used; otherwise `undefined`. */
  renewed(): TlsContext | undefined {
    const signature = signatureOf(this.#files);
    if (signature === this.#signature) return undefined;
    this.#signature = signature;
    const { material, faults, expiresMs } = readTlsFiles(this.#files, this.#clock.nowMs());
    if (material === undefined) {
      this.#logger.warn({ faults }, 'changed certificate files cannot be used: the old ones stay in force');
      return undefined;
    }
    this.#expiresMs = expiresMs;
    this.#logger.info({ cert: this.#files.cert }, 'certificate files have changed: the new ones are in force');
    return contextOf(material);
  }
}

function contextOf({ cert, key, ca }: TlsMaterial): TlsContext {
  return { ...(cert && { cert }), ...(key && { key: key.reveal() }), ...(ca && { ca }) };
}
