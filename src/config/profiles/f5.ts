import type { Profile } from './profile.ts';

/** F5 BIG-IP Access Policy Manager. */
export const f5: Profile = {
  title: 'F5 BIG-IP APM',
  challenge: true,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP'],
  userAddress: undefined,
  timer: { set: 'Access → Authentication → RADIUS, Timeout 60 and Retries 1' },
  group: {
    attribute: 'Class',
    example: 'vpn-staff',
    meaning: 'the session variable `session.radius.last.attr.class`, for the access policy',
  },
  settings: [
    'Access → Authentication → RADIUS → New: mode Authentication, the address of Sallyport, port 1812, the secret, Timeout 60, Retries 1.',
    'In the access policy a RADIUS Auth item with this server, behind the logon page.',
  ],
  userSees: 'The logon page shows the question with a field for the passcode; while a push is open it waits.',
  limits: [],
  sources: ['https://duo.com/docs/f5bigip-alt'],
};
