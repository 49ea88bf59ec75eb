import type { RadiusAttribute } from 'radius';

const USER_NAME = 1;
const VENDOR_SPECIFIC = 26;
const CALLED_STATION_ID = 30;
const PROXY_STATE = 33;
const NAS_PORT_TYPE = 61;
const VIRTUAL = 5;

const MICROSOFT = 311;
const NETWORK_ACCESS_SERVER_TYPE = 47;
const TERMINAL_SERVER_GATEWAY = 1;
const MACHINE_NAME = 50;
/** MS-RDG-Device-Redirection. */
export const DEVICE_REDIRECTION = 63;

/** One connection that a user asks an RD Gateway for. */
export interface GatewayLogin {
  /** `CORP\alice` or `alice@corp.example.com`. */
  readonly user: string;
  /** What the client says of its own name. */
  readonly machine?: string;
  /** `CA`: by smart card. */
  readonly by?: 'PW' | 'CA';
  /** What its NPS adds. */
  readonly proxyState?: string;
}

/**
 * The attributes with which the NPS of an RD Gateway asks: these and no others. No password, no Calling-Station-Id, no
 * NAS-IP-Address.
 */
export function gatewayAttributes(login: GatewayLogin): RadiusAttribute[] {
  const { user, machine = 'LAPTOP-7', by = 'PW', proxyState = 'nps-1' } = login;
  return [
    [USER_NAME, Buffer.from(user)],
    [NAS_PORT_TYPE, word(VIRTUAL)],
    [CALLED_STATION_ID, Buffer.from(`UserAuthType:${by}`)],
    [VENDOR_SPECIFIC, microsoft(NETWORK_ACCESS_SERVER_TYPE, word(TERMINAL_SERVER_GATEWAY))],
    [VENDOR_SPECIFIC, microsoft(MACHINE_NAME, Buffer.from(machine))],
    [PROXY_STATE, Buffer.from(proxyState)],
  ];
}

/** The value of a Vendor-Specific with one attribute of Microsoft's. */
export function microsoft(type: number, value: Buffer): Buffer {
  return Buffer.concat([word(MICROSOFT), Buffer.from([type, value.length + 2]), value]);
}

function word(number: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(number);
  return octets;
}
