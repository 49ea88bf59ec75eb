import type { Profile } from './profile.ts';

/** Fortinet FortiGate. */
export const fortigate: Profile = {
  title: 'Fortinet FortiGate',
  challenge: true,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP', 'CHAP', 'MS-CHAPv2'],
  userAddress: ['Calling-Station-Id'],
  timer: {
    waitsSeconds: 5,
    because: '`timeout` and `remoteauthtimeout` are 5 s each',
    set: '`config user radius … set timeout 60` and `config system global … set remoteauthtimeout 60`',
  },
  group: {
    attribute: 'Fortinet-Group-Name',
    example: 'vpn-staff',
    meaning: 'the user group whose remote server has `set group-name "vpn-staff"`',
  },
  messageAuthenticator:
    'From 7.2.10, 7.4.5 and 7.6.1 on it refuses replies without one; Sallyport sends it first in every reply, so nothing is to be switched off.',
  settings: [
    '`config user radius`, `edit "sallyport"`, `set server "ADDRESS"`, `set secret SECRET`, `set auth-type pap`, `set timeout 60`, `end`. The last one only stands in the command line.',
    '`config system global`, `set remoteauthtimeout 60`, `end`. It has to be at least as long as the time-out of the server.',
    'Put the server into a user group, and the group into the SSL VPN or IPsec settings.',
  ],
  userSees:
    'FortiClient and the web portal show the question with a field for the passcode; while a push is open they wait.',
  limits: [
    'With IKEv2, versions 7.2.10, 7.4.5 and 7.6.1 do not apply `remoteauthtimeout` (mended in 7.4.8 and 7.6.3).',
    'Both time-outs are 5 seconds unless changed: then only a passcode behind the password, or one asked by challenge, is in time.',
  ],
  sources: [
    'https://community.fortinet.com/t5/FortiGate/Technical-Tip-Explaining-global-set-remoteauthtimeout-user/ta-p/229136',
    'https://docs2.fortinet.com/document/fortiauthenticator/6.2.0/radius-interoperability-guide/528330/configuring-fortitoken-mobile-push-on-fortigate',
    'https://community.fortinet.com/t5/FortiGate/Troubleshooting-Tip-RADIUS-authentication-failure-after-the/ta-p/343112',
    'https://community.fortinet.com/t5/FortiGate/Technical-Tip-Increasing-email-Token-expiry-time/ta-p/190638',
  ],
};
