import type { Config } from '../../config/index.ts';
import type { PushChannel } from '../../factors/index.ts';
import { publicUrlOf } from '../../lib/public-url.ts';
import type { Secret } from '../../lib/secret.ts';
import type { PushChannelsDeps } from './deps.ts';
import { createPushChannels } from './index.ts';
import { newVapidKey } from './vapid-key.ts';

/** What the configured ways to ask phones are built on. */
export interface ConfiguredPushDeps extends Omit<PushChannelsDeps, 'publicUrl' | 'fetch'> {
  /**
   * 32 octets, the same ones at each start: phones' subscriptions are bound to the key for Web Push that they become.
   */
  readonly webPushKey: Secret;
}

/** The ways to ask phones that the configuration switches on; none without `console.publicUrl`, where phones reach us. */
export function createConfiguredPushChannels(config: Config, deps: ConfiguredPushDeps): readonly PushChannel[] {
  const publicUrl = publicUrlOf(config);
  if (publicUrl === undefined) return [];
  const { webPushKey, ...common } = deps;
  const { app, ntfy, privacyidea } = config.factors.push;
  const vapidKey = newVapidKey({ ...common.random, octets: () => webPushKey.reveal() });
  const issuer = config.factors.totp.issuer;
  return createPushChannels(
    {
      ...(app && { app: { vapidKey, contact: app.contact ?? contactOf(publicUrl) } }),
      ...(ntfy && { ntfy: { server: ntfy.server, ...(ntfy.accessToken && { accessToken: ntfy.accessToken }) } }),
      ...(privacyidea && { privacyidea: { issuer } }),
    },
    { ...common, publicUrl, fetch },
  );
}

// RFC 8292 §2.1: an https address, or a mailbox.
function contactOf(publicUrl: string): string {
  return publicUrl.startsWith('https:') ? publicUrl : `mailto:postmaster@${new URL(publicUrl).hostname}`;
}
