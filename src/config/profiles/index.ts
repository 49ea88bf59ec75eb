import { checkPoint } from './check-point.ts';
import { ciscoAsa } from './cisco-asa.ts';
import { f5 } from './f5.ts';
import { fortigate } from './fortigate.ts';
import { generic } from './generic.ts';
import { globalprotect } from './globalprotect.ts';
import { horizon } from './horizon.ts';
import { ivanti } from './ivanti.ts';
import { mikrotik } from './mikrotik.ts';
import { netscaler } from './netscaler.ts';
import { ocserv } from './ocserv.ts';
import { openvpn } from './openvpn.ts';
import { opnsense } from './opnsense.ts';
import { pfsense } from './pfsense.ts';
import type { Profile } from './profile.ts';
import { rdGateway } from './rd-gateway.ts';
import { rras } from './rras.ts';
import { sonicwall } from './sonicwall.ts';
import { sophos } from './sophos.ts';
import { strongswan } from './strongswan.ts';
import { watchguard } from './watchguard.ts';

/** The kinds of NAS a client's `profile` can name. */
export const profiles = {
  generic,
  'cisco-asa': ciscoAsa,
  fortigate,
  globalprotect,
  netscaler,
  f5,
  ivanti,
  sonicwall,
  'check-point': checkPoint,
  watchguard,
  sophos,
  pfsense,
  opnsense,
  openvpn,
  mikrotik,
  strongswan,
  ocserv,
  rras,
  horizon,
  'rd-gateway': rdGateway,
} satisfies Record<string, Profile>;

/** A name a client's `profile` accepts. */
export type ProfileName = keyof typeof profiles;

/** What is known of that kind of NAS. */
export function profileOf(name: ProfileName): Profile {
  return profiles[name];
}
