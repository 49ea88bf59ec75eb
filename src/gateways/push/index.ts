import type { PushChannel } from '../../factors/index.ts';
import { AppChannel, type AppOptions } from './app.ts';
import type { PushChannelsDeps } from './deps.ts';
import { NtfyChannel, type NtfyOptions } from './ntfy.ts';
import { PrivacyideaChannel, type PrivacyideaOptions } from './privacyidea.ts';

export type { PushChannelsDeps } from './deps.ts';
export { newVapidKey } from './vapid-key.ts';

/** The ways to ask phones that are in use; what is missing is not. */
export interface PushChannelsOptions {
  readonly app?: AppOptions;
  readonly ntfy?: NtfyOptions;
  readonly privacyidea?: PrivacyideaOptions;
}

/**
 * A channel for each protocol in the options; their callbacks belong below `/push/PROTOCOL/`. Throws an `Error` for a
 * Web Push key or an ntfy address that is none.
 */
export function createPushChannels(options: PushChannelsOptions, deps: PushChannelsDeps): readonly PushChannel[] {
  const { app, ntfy, privacyidea } = options;
  return [
    ...(app === undefined ? [] : [new AppChannel(app, deps)]),
    ...(ntfy === undefined ? [] : [new NtfyChannel(ntfy, deps)]),
    ...(privacyidea === undefined ? [] : [new PrivacyideaChannel(privacyidea, deps)]),
  ];
}
