export type { SmppGatewayDeps, SmppGatewayOptions } from './smpp.ts';
export type { SmtpGatewayDeps, SmtpGatewayOptions } from './smtp.ts';
