import type { Profile } from './profile.ts';

/** strongSwan with its eap-radius plugin. */
export const strongswan: Profile = {
  title: 'strongSwan',
  challenge: false,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['EAP', 'PAP'],
  userAddress: ['Calling-Station-Id'],
  timer: {
    waitsSeconds: 22,
    because: '2 s, then four repetitions, each wait 1.4 times as long as the one before',
    set: '`retransmit_timeout = 60` and `retransmit_tries = 0` for the plugin eap-radius in strongswan.conf',
  },
  group: {
    attribute: 'Class',
    example: 'vpn-staff',
    meaning: 'the `groups` of a connection, once `class_group = yes` is set for the plugin',
  },
  messageAuthenticator: 'Sends it with every EAP request, as it has to.',
  settings: [
    'strongswan.conf, `charon.plugins.eap-radius`: `servers { sallyport { address = ADDRESS  secret = SECRET } }`, `retransmit_timeout = 60`, `retransmit_tries = 0`, `class_group = yes`.',
    'swanctl.conf: `remote { auth = eap-radius }`; for IKEv1 `auth = xauth-radius`, which sends PAP.',
  ],
  userSees: 'Nothing of its own: a push or call is approved while the VPN connects.',
  limits: [
    'EAP ends at a home server (`type: radius`): Sallyport has no method of its own, and no local user can log in by EAP.',
    'The Calling-Station-Id ends in the port, as in `192.0.2.7[4500]`; that is understood.',
  ],
  sources: [
    'https://docs.strongswan.org/docs/6.0/plugins/eap-radius.html',
    'https://github.com/strongswan/strongswan/blob/master/conf/plugins/eap-radius.opt',
    'https://github.com/strongswan/strongswan/blob/master/src/libcharon/plugins/eap_radius/eap_radius.c',
  ],
};
