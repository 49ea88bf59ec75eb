/** What is known of a kind of NAS before anyone configures it. */
export interface Profile {
  /** Whether it shows an Access-Challenge to its user. */
  readonly challenge: boolean;
  readonly title: string;
}

/** The kinds of NAS a client's `profile` can name. */
export const profiles = {
  generic: { title: 'any RADIUS client', challenge: true },
  'cisco-asa': { title: 'Cisco ASA and Firepower (AnyConnect)', challenge: true },
  fortigate: { title: 'Fortinet FortiGate', challenge: true },
  globalprotect: { title: 'Palo Alto Networks GlobalProtect', challenge: true },
  netscaler: { title: 'Citrix NetScaler', challenge: true },
  f5: { title: 'F5 BIG-IP APM', challenge: true },
  ivanti: { title: 'Ivanti Connect Secure', challenge: true },
  sonicwall: { title: 'SonicWall', challenge: true },
  'check-point': { title: 'Check Point', challenge: true },
  watchguard: { title: 'WatchGuard Firebox', challenge: true },
  sophos: { title: 'Sophos Firewall', challenge: false },
  pfsense: { title: 'pfSense', challenge: false },
  opnsense: { title: 'OPNsense', challenge: false },
  openvpn: { title: 'OpenVPN', challenge: true },
  mikrotik: { title: 'MikroTik RouterOS', challenge: false },
  strongswan: { title: 'strongSwan', challenge: false },
  ocserv: { title: 'OpenConnect server (ocserv)', challenge: true },
  rras: { title: 'Microsoft RRAS', challenge: false },
  horizon: { title: 'Omnissa (VMware) Horizon', challenge: true },
  'rd-gateway': { title: 'Microsoft Remote Desktop Gateway', challenge: false },
} as const satisfies Record<string, Profile>;

/** A name a client's `profile` accepts. */
export type ProfileName = keyof typeof profiles;
