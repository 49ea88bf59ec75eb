import { Code, verifyRequest, type Packet } from '../radius/index.ts';
import type { RadiusClient } from './clients.ts';
import type { Contents } from './contents.ts';
import type { DropReason } from './drop.ts';

/** Genuine: `signed` or, in the migration mode, `unsigned`. Anything else: why it is dropped. */
export type Genuineness = 'signed' | 'unsigned' | DropReason;

/**
 * Whether a request comes from the client whose address it bears, or whose connection it came by, as far as the client's rule asks for proof.
 * A Message-Authenticator that is there must always be right; where it is missing, `required` refuses, and so do
 * EAP-Message (RFC 3579 §3.2), Status-Server (RFC 5997 §3) and Proxy-State (CVE-2024-3596) under any rule; the last
 * not in TLS, where nobody else can have written the packet.
 */
export function judgeGenuine(datagram: Buffer, packet: Packet, contents: Contents, client: RadiusClient): Genuineness {
  if (packet.code !== Code.accessRequest && packet.code !== Code.statusServer) return 'code-unsupported';
  switch (verifyRequest(datagram, packet, client.key)) {
    case 'valid':
      return 'signed';
    case 'wrong':
      return 'message-authenticator-wrong';
    case 'repeated':
      return 'message-authenticator-repeated';
    case 'missing':
      return judgeUnsigned(packet, contents, client);
  }
}

function judgeUnsigned(packet: Packet, contents: Contents, client: RadiusClient): Genuineness {
  if (packet.code === Code.statusServer) return 'status-server-unsigned';
  if (contents.hasEap) return 'eap-unsigned';
  if (contents.proxyStates.length > 0 && client.config.tls === undefined) return 'proxy-state-unsigned';
  return client.config.messageAuthenticator === 'required' ? 'message-authenticator-missing' : 'unsigned';
}
