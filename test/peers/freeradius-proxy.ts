import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Program } from '../support/process.ts';
import { freeUdpPort, makeFolder } from './loopback.ts';
import { peerPath } from './presence.ts';

/** Debian's FreeRADIUS 3.2.1 between NAS and us, which sends all NAS's requests from one port; and as a NAS that ends sessions. */
export interface FreeRadiusProxy {
  /** Where NAS send logins and accounting, on 127.0.0.1. */
  readonly port: number;
  readonly accountingPort: number;
  /** Where it takes Disconnect-Requests: ACK for Acct-Session-Id `known`, else NAK with Session-Context-Not-Found. */
  readonly disconnectPort: number;
  /** Secret of the NAS behind it. */
  readonly secret: string;
  log(): string;
  stop(): Promise<void>;
}

const SECRET = 'the-secret-between-nas-and-proxy';

/** Whom it relays to, on 127.0.0.1: it takes no two home servers at one port. */
interface Home {
  readonly port: number;
  readonly accountingPort: number;
  readonly secret: string;
}

/** Starts one that relays everything, logins signed; resolves once it answers. */
export async function startFreeRadiusProxy(home: Home): Promise<FreeRadiusProxy> {
  const [port, accountingPort, disconnectPort] = [await freeUdpPort(), await freeUdpPort(), await freeUdpPort()];
  const folder = await makeFolder('freeradius-proxy');
  const config = proxyConfig(folder, { port, accountingPort, disconnectPort, home });
  await writeFile(join(folder, 'radiusd.conf'), config, { mode: 0o600 });
  const program = await Program.start(peerPath('freeradius'), ['-f', '-l', 'stdout', '-x', '-d', folder]);
  const stop = async (): Promise<void> => {
    await program.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await program.waitFor(/Ready to process requests/);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, accountingPort, disconnectPort, secret: SECRET, log: () => program.output, stop };
}

interface Places {
  readonly port: number;
  readonly accountingPort: number;
  readonly disconnectPort: number;
  readonly home: Home;
}

function proxyConfig(folder: string, { port, accountingPort, disconnectPort, home }: Places): string {
  const homeServer = (name: string, type: string, at: number): string => `
home_server ${name} {
  type = ${type}
  ipaddr = 127.0.0.1
  port = ${at}
  secret = "${home.secret}"
  response_window = 25
  status_check = none
}
home_server_pool ${name} {
  home_server = ${name}
}`;
  const listen = (type: string, at: number): string => `
  listen {
    type = ${type}
    ipaddr = 127.0.0.1
    port = ${at}
  }`;
  return `
prefix = /usr
libdir = /usr/lib/freeradius
logdir = ${folder}
run_dir = ${folder}
pidfile = ${folder}/pid
max_request_time = 30
cleanup_delay = 2
max_requests = 16384
proxy_requests = yes
security {
  allow_vulnerable_openssl = yes
  reject_delay = 0
}
thread pool {
  start_servers = 4
  max_servers = 8
  min_spare_servers = 1
  max_spare_servers = 4
  max_requests_per_server = 0
}
client loopback {
  ipaddr = 127.0.0.0/8
  secret = "${SECRET}"
}
proxy server {
  default_fallback = no
}
${homeServer('gate', 'auth', home.port)}
${homeServer('gate_acct', 'acct', home.accountingPort)}
realm gate {
  auth_pool = gate
  acct_pool = gate_acct
  nostrip
}
modules {
  always ok {
    rcode = ok
  }
  always handled {
    rcode = handled
  }
  always reject {
    rcode = reject
  }
}
server proxy {
${listen('auth', port)}
${listen('acct', accountingPort)}
${listen('coa', disconnectPort)}
  authorize {
    update control {
      Proxy-To-Realm := "gate"
    }
    ok
  }
  pre-proxy {
    if (Packet-Type == Access-Request) {
      update proxy-request {
        Message-Authenticator := 0x00
      }
    }
    ok
  }
  preacct {
    update control {
      Proxy-To-Realm := "gate"
    }
    ok
  }
  accounting {
    ok
  }
  recv-coa {
    if (&Acct-Session-Id == "known") {
      ok
    }
    else {
      update reply {
        Error-Cause := Session-Context-Not-Found
      }
      reject
    }
  }
  send-coa {
    ok
  }
}
`;
}
