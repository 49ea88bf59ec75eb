import type { Profile } from './profile.ts';

/** Citrix NetScaler. */
export const netscaler: Profile = {
  title: 'Citrix NetScaler',
  challenge: true,
  // It takes no reply that comes later than a few seconds unless a second timer is changed as well.
  outOfBand: 'ask',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP', 'CHAP', 'MS-CHAPv2'],
  userAddress: ['Calling-Station-Id'],
  timer: {
    waitsSeconds: 3,
    set: '`set authentication radiusAction NAME -authTimeout 60` and `set ns timeout -newConnIdleTimeout 60`',
  },
  group: {
    attribute: 'Citrix-User-Groups',
    example: 'vpn-staff',
    meaning: 'the groups of the user, once the action has `-radVendorID 3845 -radAttributeType 16`',
  },
  settings: [
    '`add authentication radiusAction sallyport -serverIP ADDRESS -serverPort 1812 -radKey SECRET -authTimeout 60 -passEncoding pap -callingstationid ENABLED -radVendorID 3845 -radAttributeType 16`',
    '`set ns timeout -newConnIdleTimeout 60`: without it a reply that comes after 4 seconds is thrown away.',
    'Bind a policy with this action to the gateway or the authentication server.',
  ],
  userSees: 'A page with the question and one field; for a push: “Approve the login on your phone, then press OK”.',
  limits: [
    'The reply is not held (`outOfBand: ask`), because of its two timers; with both of them set, `outOfBand: hold` works too.',
    'Without `-callingstationid ENABLED` no address of the user reaches us.',
  ],
  sources: [
    'https://developer-docs.citrix.com/projects/citrix-adc-nitro-api-reference/en/latest/configuration/authentication/authenticationradiusaction/',
    'https://support.citrix.com/external/article/236072/netscaler-gateway-radius-authentication.html',
  ],
};
