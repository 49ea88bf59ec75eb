import type { Profile } from './profile.ts';

/** MikroTik RouterOS. */
export const mikrotik: Profile = {
  title: 'MikroTik RouterOS',
  challenge: false,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP', 'CHAP', 'MS-CHAPv2', 'EAP'],
  userAddress: ['Calling-Station-Id'],
  timer: { set: '`/radius set [find address=ADDRESS] timeout=60s`' },
  group: { attribute: 'Filter-Id', example: 'vpn-staff', meaning: 'a chain of the firewall’s filter for this user' },
  messageAuthenticator: 'Sends it and, from 7.15 on, demands it by `require-message-auth`; leave that at its default.',
  settings: [
    '`/radius add service=ppp address=ADDRESS secret=SECRET authentication-port=1812 timeout=60s`',
    '`/ppp aaa set use-radius=yes`',
    'Allow only PAP inside a tunnel that is encrypted by itself (`/interface l2tp-server server set authentication=pap`, likewise SSTP and OpenVPN): with MS-CHAPv2 only a home server can check the password.',
  ],
  userSees:
    'Nothing of its own: a push or call is approved while the VPN connects, or the passcode follows the password (`password,123456`).',
  limits: ['With PPPoE and HotSpot the Calling-Station-Id is a hardware address, by which no network is judged.'],
  sources: [
    'https://help.mikrotik.com/docs/spaces/ROS/pages/328097/RADIUS',
    'https://github.com/ansible-collections/community.routeros/issues/338',
  ],
};
