import type { Clock } from '../../lib/clock.ts';
import type { Secret } from '../../lib/secret.ts';

/** Where Asterisk's REST interface is, and who we are there. */
export interface AriPlace {
  /** `http://127.0.0.1:8088`, with its prefix if it has one; `/ari` is put behind. */
  readonly url: string;
  readonly username: string;
  readonly password: Secret;
  readonly timeoutMs: number;
}

/** One request to Asterisk. */
export interface AriRequest {
  readonly method: 'POST' | 'DELETE';
  /** Segments below `/ari`; each is encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** `Basic …` of the account. */
export function authorization({ username, password }: AriPlace): string {
  return `Basic ${Buffer.concat([Buffer.from(`${username}:`), password.reveal()]).toString('base64')}`;
}

/** Address of something below `/ari`. */
export function ariUrl({ url }: AriPlace, path: readonly string[], query: Readonly<Record<string, string>> = {}): URL {
  const address = new URL(`${url.replace(/\/+$/, '')}/ari/${path.map(encodeURIComponent).join('/')}`);
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  return address;
}

/** Sends one request. Rejects with a sentence unless Asterisk says that it is done; what it says besides is not read. */
export async function request(
  clock: Clock,
  place: AriPlace,
  { method, path, query, body }: AriRequest,
  signal?: AbortSignal,
): Promise<void> {
  const patience = new AbortController();
  const timer = clock.setTimer(place.timeoutMs, () => patience.abort());
  try {
    const response = await fetch(ariUrl(place, path, query), {
      method,
      headers: {
        authorization: authorization(place),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: signal === undefined ? patience.signal : AbortSignal.any([signal, patience.signal]),
    });
    await response.body?.cancel();
    if (!response.ok) throw new AriRefusal(response.status);
  } catch (error) {
    if (error instanceof AriRefusal) throw error;
    throw new Error(failure(error, patience.signal.aborted), { cause: error });
  } finally {
    timer.cancel();
  }
}

/** Asterisk has answered, and not that it is done. */
class AriRefusal extends Error {
  constructor(status: number) {
    super(status === 401 ? 'Asterisk refuses the credentials' : `Asterisk has answered ${String(status)}`);
  }
}

function failure(error: unknown, isLate: boolean): string {
  if (isLate) return 'Asterisk has not answered in time';
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = (cause as NodeJS.ErrnoException).code;
  return `Asterisk cannot be asked: ${code ?? (cause instanceof Error ? cause.message : String(cause))}`;
}
