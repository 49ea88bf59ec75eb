import type { Profile } from './profile.ts';

/** Ivanti (Pulse) Connect Secure. */
export const ivanti: Profile = {
  title: 'Ivanti Connect Secure',
  challenge: true,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP'],
  userAddress: undefined,
  timer: { set: 'Authentication → Auth. Servers → the RADIUS server, Timeout 60 and Retries 1' },
  group: {
    attribute: 'Filter-Id',
    example: 'vpn-staff',
    meaning: 'a rule of the realm’s role mapping on that attribute',
  },
  settings: [
    'Authentication → Auth. Servers → New RADIUS server: address, port 1812, secret, Timeout 60, Retries 1.',
    'In the same page, Custom RADIUS Rules: “Access Challenge”, attribute Reply-Message matches the expression with an empty value, then “show Generic Login page”. Without it no question is shown.',
    'Users → User Realms: this server as the realm’s authentication.',
  ],
  userSees: 'A page with the question and one field; while a push is open it waits.',
  limits: ['Without the custom rule, write `challenge: false`.'],
  sources: [
    'https://help.okta.com/en-us/content/topics/integrations/pulse-secure-radius-intg-gw.htm',
    'https://duo.com/docs/pulseconnect-radius-challenge',
  ],
};
