import type { Profile } from './profile.ts';

/** Palo Alto Networks GlobalProtect. */
export const globalprotect: Profile = {
  title: 'Palo Alto Networks GlobalProtect',
  challenge: true,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP', 'CHAP', 'EAP'],
  userAddress: ['PaloAlto-Client-Source-IP'],
  timer: {
    waitsSeconds: 12,
    because: 'Timeout 3 s, Retries 3',
    maxSeconds: 120,
    set: 'Device → Server Profiles → RADIUS, Timeout 60 and Retries 1',
  },
  group: {
    attribute: 'PaloAlto-User-Group',
    example: 'vpn-staff',
    meaning: 'a group of the authentication profile’s allow list (Retrieve user group from RADIUS)',
  },
  settings: [
    'Device → Server Profiles → RADIUS: the server, Timeout 60, Retries 1, Authentication Protocol PAP.',
    'Device → Authentication Profile: type RADIUS with that server profile, and use it in the portal and the gateway.',
    '`set authentication radius-vsa-on client-source-ip` in the operational command line: only then the address of the user is sent.',
    'Give portal and gateway an authentication override cookie, or the user is asked twice: each of them asks RADIUS.',
  ],
  userSees: 'GlobalProtect shows the question with a field for the passcode; while a push is open it waits.',
  limits: [
    'PAN-OS 7.1 takes 30 seconds at most: there write `timeoutSeconds: 30`.',
    'With CHAP, which older versions try first, only a home server can check the password.',
  ],
  sources: [
    'https://docs.paloaltonetworks.com/pan-os/9-1/pan-os-web-interface-help/device/device-server-profiles-radius.html',
    'https://docs.paloaltonetworks.com/pan-os/7-1/pan-os-admin/authentication/configure-external-authentication/configure-authentication-server-profiles/configure-a-radius-server-profile.html',
    'https://docs.paloaltonetworks.com/globalprotect/7-1/globalprotect-admin/set-up-the-globalprotect-infrastructure/enable-delivery-of-globalprotect-client-vsas-to-a-radius-server',
  ],
};
