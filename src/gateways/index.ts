export type { SmppGatewayDeps, SmppGatewayOptions } from './smpp.ts';
