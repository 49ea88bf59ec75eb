/** What the benchmark's FreeRADIUS servers are told. */
export interface FreeradiusPlan {
  readonly folder: string;
  readonly port: number;
  readonly sharedSecret: string;
}

/** The only password the home server takes. */
export const HOME_PASSWORD = 'correct horse';

/**
 * A home server that costs little: it compares the password in the configuration's own language, without modules,
 * demands a Message-Authenticator and signs its replies with one (3.2.1 would not by itself).
 */
export function homeServerConfig(plan: FreeradiusPlan): string {
  return `${common(plan)}
proxy_requests = no
server home {
  ${listen(plan.port)}
  authorize {
    if (&User-Password == "${HOME_PASSWORD}") {
      update control {
        Auth-Type := Accept
      }
    }
    else {
      update control {
        Auth-Type := Reject
      }
    }
  }
  authenticate {
  }
  post-auth {
    update reply {
      Class := 0x76706e
      Message-Authenticator := 0x00
    }
    ${signReject}
  }
}
`;
}

/**
 * The proxy we are compared with, doing what we do and no more: Message-Authenticator demanded of the NAS and checked,
 * relayed with one of its own, replies signed. No modules, no accounting, no detail files, no log line per login.
 */
export function proxyConfig(plan: FreeradiusPlan, home: FreeradiusPlan, threads: number): string {
  return `${common(plan)}
proxy_requests = yes
proxy server {
  default_fallback = no
}
home_server home {
  type = auth
  ipaddr = 127.0.0.1
  port = ${home.port}
  secret = ${home.sharedSecret}
  response_window = 20
  zombie_period = 40
  status_check = none
  max_outstanding = 65536
}
home_server_pool homes {
  type = fail-over
  home_server = home
}
realm home {
  auth_pool = homes
  nostrip
}
thread pool {
  start_servers = ${Math.max(1, threads)}
  max_servers = ${Math.max(1, threads)}
  min_spare_servers = 0
  max_spare_servers = ${Math.max(1, threads)}
  max_requests_per_server = 0
  max_queue_size = 65536
  auto_limit_acct = no
}
server proxy {
  ${listen(plan.port)}
  authorize {
    update control {
      Proxy-To-Realm := "home"
    }
  }
  authenticate {
  }
  pre-proxy {
    update proxy-request {
      Message-Authenticator := 0x00
    }
  }
  post-auth {
    update reply {
      Message-Authenticator := 0x00
    }
    ${signReject}
  }
}
`;
}

function common({ folder, sharedSecret }: FreeradiusPlan): string {
  return `
prefix = /usr
libdir = /usr/lib/freeradius
logdir = ${folder}
run_dir = ${folder}
pidfile = ${folder}/pid
max_request_time = 30
cleanup_delay = 5
max_requests = 65536
hostname_lookups = no
log {
  destination = stdout
  auth = no
}
security {
  max_attributes = 200
  reject_delay = 0
  status_server = yes
}
client loopback {
  ipaddr = 127.0.0.0/8
  secret = ${sharedSecret}
  require_message_authenticator = yes
}
modules {
}`;
}

function listen(port: number): string {
  return `listen {
    type = auth
    ipaddr = 127.0.0.1
    port = ${port}
  }`;
}

const signReject = `Post-Auth-Type REJECT {
      update reply {
        Message-Authenticator := 0x00
      }
    }`;
