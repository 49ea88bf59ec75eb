/** Why a datagram got silence before anybody decided about it, and what most likely stands behind it. */
export const dropCauses = {
  'unknown-client': 'no client under `clients` has this address; add it there if it is one of your devices',
  malformed: 'not a RADIUS packet (RFC 2865 §3), or one that was cut on its way',
  'too-long':
    'a RADIUS/1.1 packet of nearly 4096 octets: with the Message-Authenticator of RADIUS/1.0 it is longer than a packet may be',
  'code-unsupported':
    'only Access-Request and Status-Server are answered here; accounting needs `serves: [accounting]` at a listener',
  'message-authenticator-wrong': 'the Message-Authenticator does not fit: most likely a wrong shared secret',
  'message-authenticator-missing':
    'the NAS sends no Message-Authenticator: update it or switch the attribute on there, ' +
    'or set `messageAuthenticator: when-present` for this client until it is (CVE-2024-3596)',
  'message-authenticator-repeated': 'more than one Message-Authenticator (RFC 2869 §5.14)',
  'proxy-state-unsigned':
    'Proxy-State without Message-Authenticator is how CVE-2024-3596 is exploited: switch the attribute on at the proxy',
  'eap-unsigned': 'EAP-Message needs a Message-Authenticator (RFC 3579 §3.2)',
  'status-server-unsigned': 'Status-Server needs a Message-Authenticator (RFC 5997 §3)',
  'state-repeated':
    'several State attributes (RFC 2865 §5.44 allows one): a passcode among them must not become a password',
  'password-repeated': 'more than one User-Password (RFC 2865 §5.44)',
  'accounting-authenticator-wrong': 'the Request Authenticator does not fit: most likely a wrong shared secret',
  'accounting-unwanted': 'this client has no `accounting`: switch it off at the NAS, or say who gets it',
  'accounting-queue-full': 'as much accounting waits on disk for home servers as `accounting.maxQueued` allows',
  overload: 'too many requests are open at once',
  'internal-error': 'it met a bug of this server; please report it',
  stopping: 'this server is stopping',
} as const satisfies Record<string, string>;

/** One of `dropCauses`: in the log and in `sallyport_dropped_packets_total`. */
export type DropReason = keyof typeof dropCauses;
