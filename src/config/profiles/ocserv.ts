import type { Profile } from './profile.ts';

/** The OpenConnect server. */
export const ocserv: Profile = {
  title: 'OpenConnect server (ocserv)',
  challenge: true,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP'],
  userAddress: ['Calling-Station-Id'],
  timer: {
    waitsSeconds: 30,
    because: '`radius_timeout 10` and `radius_retries 3`',
    set: '`radius_timeout 60` and `radius_retries 1` in radcli’s radiusclient.conf, and `auth-timeout = 240` in ocserv.conf',
  },
  group: { attribute: 'Class', example: 'OU=staff', meaning: 'the group `staff`, once `groupconfig=true` is set' },
  messageAuthenticator:
    'Debian 12’s radcli (1.2.11) sends none: write `messageAuthenticator: when-present`, on a network that you trust.',
  settings: [
    'ocserv.conf: `auth = "radius[config=/etc/radcli/radiusclient.conf,groupconfig=true]"`, `auth-timeout = 240`.',
    '/etc/radcli/radiusclient.conf: `authserver ADDRESS`, `radius_timeout 60`, `radius_retries 1`; the secret in /etc/radcli/servers.',
  ],
  userSees:
    'openconnect and AnyConnect show the question with a field for the passcode; while a push is open they wait.',
  limits: [],
  sources: [
    'https://gitlab.com/openconnect/ocserv/-/blob/master/src/auth/radius.c',
    'https://packages.debian.org/stable/libradcli4',
  ],
};
