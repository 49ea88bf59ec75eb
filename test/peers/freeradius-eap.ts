import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from '../support/process.ts';
import { peerPath } from './presence.ts';

/** What a home server knows that speaks CHAP, MS-CHAP and EAP; its users are in `folder`/users. */
export interface EapServerRules {
  readonly secret: string;
  /** Whether its Accept holds the name that was authenticated inside TLS, instead of the one outside. */
  readonly namesInner: boolean;
}

/**
 * What every change of a password by MS-CHAP is granted. The module itself changes none in Debian 12: it dies of a cipher that
 * OpenSSL 3 no longer has.
 */
export const changeGranted = { success: '0x08533d4e4557', send: '0x5e4d', receive: '0x4e4c' } as const;

/** A key and certificates: of an authority, of the server, and of the user `alice`; files in `folder`. */
export async function makeCertificates(folder: string): Promise<void> {
  const openssl = async (...args: readonly string[]): Promise<void> => {
    const { status, stderr } = await run(peerPath('openssl'), args, { cwd: folder });
    if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`);
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  await openssl('req', '-x509', ...key, '-subj', '/CN=authority', '-keyout', 'ca.key', '-out', 'ca.pem');
  for (const [file, name, usage] of [
    ['server', 'radius.example.com', 'serverAuth'],
    ['alice', 'alice', 'clientAuth'],
  ] as const) {
    await writeFile(join(folder, 'ext'), `extendedKeyUsage=${usage}\n`);
    await openssl('req', ...key, '-subj', `/CN=${name}`, '-keyout', `${file}.key`, '-out', `${file}.csr`);
    const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'ext'];
    await openssl('x509', '-req', '-in', `${file}.csr`, ...authority, '-out', `${file}.pem`);
  }
}

/** radiusd.conf of such a home server on loopback. */
export function eapServerConfig(folder: string, port: number, { secret, namesInner }: EapServerRules): string {
  const nameInner = 'update outer.session-state {\n User-Name := &User-Name\n }';
  return `
prefix = /usr
libdir = /usr/lib/freeradius
logdir = ${folder}
run_dir = ${folder}
pidfile = ${folder}/pid
security {
  reject_delay = 0
  status_server = yes
  allow_vulnerable_openssl = yes
}
thread pool {
  start_servers = 2
  max_servers = 4
  min_spare_servers = 1
  max_spare_servers = 2
}
client loopback {
  ipaddr = 127.0.0.0/8
  secret = "${secret}"
  require_message_authenticator = yes
}
modules {
  pap {
  }
  chap {
  }
  mschap {
    use_mppe = yes
    require_encryption = yes
    require_strong = yes
  }
  files {
    usersfile = ${folder}/users
  }
  always ok {
    rcode = ok
  }
  eap {
    default_eap_type = md5
    timer_expire = 60
    max_sessions = 1000
    tls-config tls-common {
      private_key_file = ${folder}/server.key
      certificate_file = ${folder}/server.pem
      ca_file = ${folder}/ca.pem
      tls_min_version = "1.2"
      tls_max_version = "1.2"
      fragment_size = 600
      ecdh_curve = ""
    }
    md5 {
    }
    gtc {
      challenge = "Say the word: "
      auth_type = PAP
    }
    mschapv2 {
    }
    tls {
      tls = tls-common
    }
    ttls {
      tls = tls-common
      default_eap_type = md5
      virtual_server = inner
    }
    peap {
      tls = tls-common
      default_eap_type = mschapv2
      virtual_server = inner
    }
  }
}
server home {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = ${port}
  }
  authorize {
    Autz-Type Status-Server {
      update reply {
        Message-Authenticator := 0x00
      }
      ok
    }
    if (&MS-CHAP2-CPW) {
      update control {
        Auth-Type := Accept
      }
      update reply {
        MS-CHAP2-Success := ${changeGranted.success}
        MS-MPPE-Send-Key := ${changeGranted.send}
        MS-MPPE-Recv-Key := ${changeGranted.receive}
      }
    }
    chap
    mschap
    eap
    files
    pap
  }
  authenticate {
    Auth-Type PAP {
      pap
    }
    Auth-Type CHAP {
      chap
    }
    Auth-Type MS-CHAP {
      mschap
    }
    eap
  }
  post-auth {
    if (&session-state:User-Name) {
      update reply {
        User-Name := &session-state:User-Name
      }
    }
    elsif (&TLS-Client-Cert-Common-Name) {
      update reply {
        User-Name := &TLS-Client-Cert-Common-Name
      }
    }
    update reply {
      Message-Authenticator := 0x00
    }
    Post-Auth-Type REJECT {
      update reply {
        Message-Authenticator := 0x00
      }
    }
  }
}
server inner {
  authorize {
    chap
    mschap
    eap
    files
    pap
  }
  authenticate {
    Auth-Type PAP {
      pap
    }
    Auth-Type CHAP {
      chap
    }
    Auth-Type MS-CHAP {
      mschap
    }
    eap
  }
  post-auth {
    ${namesInner ? nameInner : 'ok'}
  }
}
`;
}
