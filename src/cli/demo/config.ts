import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseConfig, type Config } from '../../config/index.ts';
import type { Random } from '../../lib/random.ts';

/** Wrong passcodes in a row that lock a user out. */
export const LOCKOUT_FAILURES = 3;
/** What the demo's Twilio account is called; nothing of it is asked at Twilio. */
export const ACCOUNT = `AC${'0'.repeat(32)}`;

/** TCP ports on 127.0.0.1. */
export interface DemoPorts {
  readonly console: number;
  /** Where the gateways of the demo answer. */
  readonly world: number;
}

/** The configuration of the demo, its secrets in that directory. */
export function demoConfig(directory: string, ports: DemoPorts, random: Random): Config {
  const sources = { env: {}, hostname: 'demo', random };
  const result = parseConfig(configText(ports), join(directory, 'demo.yaml'), sources);
  if (result.kind === 'loaded') return result.config;
  throw new Error(result.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
}

/** A TCP port on 127.0.0.1 that nobody listens on. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function configText(ports: DemoPorts): string {
  const world = `http://127.0.0.1:${ports.world}`;
  return `
server: { id: demo, dataDir: ., listen: [{ protocol: udp, address: 127.0.0.1, port: 0 }] }
console: { address: 127.0.0.1, port: ${ports.console}, publicUrl: "http://127.0.0.1:${ports.console}" }
clients:
  - { name: demo-nas, address: 127.0.0.1, secret: { generate: nas.secret }, primary: local, rejectDelaySeconds: 0 }
primaries: { local: { type: local } }
policies:
  default:
    factors: [totp, push, sms, call]
    menu: false
    lockout: { failures: ${LOCKOUT_FAILURES}, seconds: 900 }
factors:
  sms: { gateways: [messages] }
  call: { gateways: [calls] }
  push: { app: { contact: "mailto:demo@example.com" } }
gateways:
  messages: { type: http, url: "${world}/messages", body: { form: { to: "{{to}}", text: "{{text}}" } } }
  calls:
    type: twilio
    accountSid: ${ACCOUNT}
    authToken: { generate: calls.secret }
    from: "+4520000000"
    apiUrl: "${world}"
`;
}
