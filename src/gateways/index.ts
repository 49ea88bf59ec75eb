export type { SmppGatewayDeps, SmppGatewayOptions } from './smpp.ts';
export type { SmtpGatewayDeps, SmtpGatewayOptions } from './smtp.ts';
export { createPushChannels, newVapidKey } from './push/index.ts';
export type { PushChannelsDeps, PushChannelsOptions } from './push/index.ts';
export type { AppOptions } from './push/app.ts';
export type { NtfyLabels, NtfyOptions } from './push/ntfy.ts';
export type { PrivacyideaOptions } from './push/privacyidea.ts';
