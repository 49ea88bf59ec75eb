import type { PendingLogin, StalePassword } from '../challenge/index.ts';
import { createBoundedCache } from '../lib/bounded-cache.ts';
import type { Clock } from '../lib/clock.ts';
import { Secret } from '../lib/secret.ts';
import type { Credentials, MsChapCredentials, PrimaryResult } from '../primary/index.ts';
import { AttributeType, holdsMsChap, type Attribute } from '../radius/index.ts';
import type { PasswordBox } from './deps.ts';
import { askOne, type FirstDoorResult } from './first-door.ts';
import type { Passed } from './new-password.ts';
import type { Recorder } from './recorder.ts';
import { changedRequest, type AccessRequest, type Decision } from './request.ts';
import { stationKeyOf } from './station.ts';
import type { UnavailableLog } from './unavailable-log.ts';
import { withProof } from './veiled-answer.ts';
import type { Visit } from './visit.ts';

/*
 * A change of an expired password by MS-CHAP (RFC 2759 §7, RFC 2548 §2.3.4): the home server refuses the login with `E=648`, and
 * the user's side answers with the new password, which nobody on the way can read. The home server is the only one to know whether
 * the old one was right, and it changes the password in the moment it is asked: so the second door comes first. Who asks for that
 * without having been told `E=648` a moment ago has shown nothing, and rings no phone.
 */

/** A change that may go on to the second door. */
export interface OpenChange {
  /** What the home server has said of the login before. */
  readonly said: FirstDoorResult;
  /** The change itself, for when the second door is open. */
  readonly stale: StalePassword;
}

/** Takes a change that the user's side has made to the home server, behind the second door. */
export interface RelayedChange {
  /** The first door has spoken: whose password is right but has expired may change it now. */
  notice(visit: Visit, credentials: Credentials, said: FirstDoorResult): void;
  /** `undefined`: the first door is asked as always. `unproven`: nobody has told the user to change anything. */
  open(visit: Visit, credentials: Credentials): OpenChange | 'unproven' | undefined;
  /** The second door is open: asks the home server, whose word is the verdict. */
  relay(visit: Visit, login: PendingLogin, passed: Passed | undefined): Promise<Decision>;
}

/** What it works with. */
export interface RelayedChangeDeps {
  readonly clock: Clock;
  readonly box: PasswordBox;
  readonly recorder: Recorder;
  readonly sayUnavailable: UnavailableLog;
}

// A login that the home server has refused as expired, and the change that followed.
interface Expired {
  readonly said: FirstDoorResult;
  running?: { readonly attempt: string | undefined; readonly result: Promise<PrimaryResult> };
}

// As long as somebody may take to think of a password.
const TTL_MS = 300_000;
// Nobody gets one without a right password.
const MAX_EXPIRED = 10_000;

/** Whether it changes a password instead of proving it. */
export function isPasswordChange(credentials: AccessRequest['credentials']): credentials is MsChapCredentials {
  return credentials.kind === 'ms-chap' && credentials.response === undefined;
}

/** Changes through home servers. */
export function createRelayedChange({ clock, box, recorder, sayUnavailable }: RelayedChangeDeps): RelayedChange {
  // One that has run out stays until it is used up (nothing but `peek` reads them): the second door may take longer than its time.
  const expired = createBoundedCache<string, Expired>({ maxEntries: MAX_EXPIRED, lifetime: { ms: TTL_MS, clock } });

  return {
    notice(visit, credentials, said) {
      if (credentials.kind !== 'ms-chap' || credentials.response === undefined) return;
      const { result, primary } = said;
      if (result.kind !== 'rejected' || result.reason !== 'password-expired') return;
      expired.set(keyOf(visit), { said: { primary, result: { ...result, attributes: [] } } });
    },
    open(visit, credentials) {
      if (!isPasswordChange(credentials)) return undefined;
      const { factors, passwordChange } = visit.plan;
      if (factors.length === 0 || passwordChange === true) return undefined;
      const asked = expired.peek(keyOf(visit));
      if (asked === undefined) return 'unproven';
      const sealed = box.seal(Secret.fromText(packed(credentials, visit)), identityOf(visit));
      return { said: asked.said, stale: { reason: 'password-expired', sealed, isRelayed: true } };
    },
    relay,
  };

  async function relay(visit: Visit, login: PendingLogin, passed: Passed | undefined): Promise<Decision> {
    const { primary = '', stale } = login;
    const details = { primary, factor: passed?.factor };
    if (stale === undefined) return recorder.deny(visit, 'password-change-unproven', details);
    const result = await changed(visit, primary, stale);
    if (result === undefined) return recorder.deny(visit, 'password-change-unproven', details);
    switch (result.kind) {
      case 'accepted': {
        await recorder.note(visit, 'password-changed', details);
        const accepted = { attributes: withProof(result.attributes, login.attributes) };
        const reason = passed?.reason ?? 'both-doors';
        return visit.user === undefined
          ? recorder.accept(visit, reason, accepted, details)
          : recorder.admit(visit, reason, details, {}, accepted);
      }
      case 'rejected':
        return recorder.deny(visit, 'password-change-refused', { ...details, attributes: result.attributes });
      case 'challenged':
        return recorder.deny(visit, 'password-change-failed', details);
      case 'unavailable':
        sayUnavailable(visit.request.id, primary, result.cause);
        return recorder.deny(visit, 'password-change-failed', details);
    }
  }

  // One change for each time that the home server has asked for one. The same request that came by two ways is one.
  function changed(visit: Visit, primary: string, stale: StalePassword): Promise<PrimaryResult> | undefined {
    const key = keyOf(visit);
    const asked = expired.peek(key, { allowStale: true });
    if (asked === undefined) return undefined;
    const { attempt } = visit.request;
    if (asked.running !== undefined)
      return attempt !== undefined && attempt === asked.running.attempt ? asked.running.result : undefined;
    const result = askHomeServer(visit, primary, stale).finally(() => {
      if (expired.peek(key, { allowStale: true }) === asked) expired.delete(key);
    });
    asked.running = { attempt, result };
    return result;
  }

  async function askHomeServer(visit: Visit, primary: string, { sealed }: StalePassword): Promise<PrimaryResult> {
    const { credentials, attributes } = unpacked(box.open(sealed, identityOf(visit)));
    const others = visit.request.attributes.filter((attribute) => !isMsChapPart(attribute));
    const request = changedRequest(visit.request, { attributes: [...others, ...attributes] });
    return (await askOne({ ...visit, request }, credentials, primary)).result;
  }
}

function isMsChapPart({ type, value }: Attribute): boolean {
  return type === AttributeType.vendorSpecific && holdsMsChap(value);
}

function keyOf({ request, username }: Visit): string {
  return [request.client.name, username.key, stationKeyOf(request)].join('\0');
}

// What is sealed here opens for the same login alone, and nowhere as a password.
function identityOf({ request, username }: Visit): string {
  return [request.client.name, username.key, 'change'].join('\0');
}

function packed({ version, identifier, challenge }: MsChapCredentials, { request }: Visit): string {
  const parts = request.attributes.filter(isMsChapPart).map(({ value }) => value);
  return [Buffer.of(version, identifier), challenge, ...parts].map((octets) => octets.toString('base64')).join(' ');
}

function unpacked(change: Secret): { readonly credentials: MsChapCredentials; readonly attributes: Attribute[] } {
  const [head = Buffer.alloc(0), challenge = Buffer.alloc(0), ...parts] = change
    .reveal()
    .toString('latin1')
    .split(' ')
    .map((text) => Buffer.from(text, 'base64'));
  const version = head[0] === 1 ? 1 : 2;
  return {
    credentials: { kind: 'ms-chap', version, identifier: head[1] ?? 0, challenge, response: undefined },
    attributes: parts.map((value) => ({ type: AttributeType.vendorSpecific, value })),
  };
}
