/** A user of the home server. */
export interface HomeUser {
  readonly name: string;
  /** `undefined`: let in without one, as an NPS does whose gateway has asked for it. */
  readonly password: string | undefined;
  /** Attributes of the Accept as FreeRADIUS and radclient print them: `Filter-Id = "staff"`. */
  readonly attributes?: readonly string[];
  /** After the password the home server itself asks this, and accepts only this answer. */
  readonly challenge?: { readonly message: string; readonly answer: string };
  /** Reply-Message of the Reject. */
  readonly refusal?: string;
  /** By MS-CHAP-V2 the right password is refused as expired, until it is changed in the same way. */
  readonly isExpired?: boolean;
}

export interface HomeServerRules {
  readonly secret: string;
  readonly users: readonly HomeUser[];
  /** Whether replies carry a Message-Authenticator; Debian's 3.2.1 sends none by itself. */
  readonly signsReplies: boolean;
  /** Whether Access-Requests without a Message-Authenticator are dropped. */
  readonly requiresMessageAuthenticator: boolean;
  readonly answersStatusServer: boolean;
  /** Whether Access-Requests get any answer; a hanging directory behind it looks like `false`. */
  readonly answersLogins: boolean;
  /** Where it takes accounting, all of which it answers. Default: nowhere. */
  readonly accountingPort?: number;
}

/** State of the home server's own challenge: the same for everybody, so that a test can tell it from ours. */
export const homeServerState = '0x686f6d652d736572766572';

/** radiusd.conf of a home server on loopback that reads its users from `folder`/users. */
export function serverConfig(folder: string, port: number, rules: HomeServerRules): string {
  const silence = 'update control {\n Response-Packet-Type := Do-Not-Respond\n }\n handled';
  const sign = rules.signsReplies ? 'update reply {\n Message-Authenticator := 0x00\n }' : '';
  return `
prefix = /usr
libdir = /usr/lib/freeradius
logdir = ${folder}
run_dir = ${folder}
pidfile = ${folder}/pid
max_request_time = 30
cleanup_delay = 5
max_requests = 16384
hostname_lookups = no
security {
  max_attributes = 200
  reject_delay = 0
  status_server = ${yesOrNo(rules.answersStatusServer)}
  allow_vulnerable_openssl = yes
}
thread pool {
  start_servers = 2
  max_servers = 4
  min_spare_servers = 1
  max_spare_servers = 2
  max_requests_per_server = 0
  auto_limit_acct = no
}
client loopback {
  ipaddr = 127.0.0.0/8
  secret = ${quoted(rules.secret)}
  require_message_authenticator = ${yesOrNo(rules.requiresMessageAuthenticator)}
}
modules {
  pap {
    normalise = no
  }
  files {
    usersfile = ${folder}/users
  }
  always ok {
    rcode = ok
  }
  always handled {
    rcode = handled
  }
}
server home {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = ${port}
  }
  ${rules.accountingPort === undefined ? '' : accounting(rules.accountingPort)}
  authorize {
    ${rules.answersLogins ? '' : silence}
    Autz-Type Status-Server {
      ${sign}
      ok
    }
    files
    pap
    if (&control:Tmp-String-0 && &State) {
      if (&State == ${homeServerState}) {
        update control {
          Cleartext-Password := "%{control:Tmp-String-0}"
        }
      }
      else {
        update control {
          Auth-Type := Reject
        }
      }
    }
    elsif (&control:Tmp-String-0 && &User-Password == &control:Cleartext-Password) {
      update control {
        Auth-Type := Ask
      }
    }
  }
  authenticate {
    pap
    Auth-Type Ask {
      update {
        &reply: !* ANY
      }
      update reply {
        State := ${homeServerState}
        Reply-Message := "%{control:Tmp-String-1}"
      }
      ${sign}
      update control {
        Response-Packet-Type := Access-Challenge
      }
      handled
    }
  }
  post-auth {
    ${sign}
    Post-Auth-Type REJECT {
      update {
        &reply: !* ANY
      }
      if (&control:Tmp-String-2) {
        update reply {
          Reply-Message := "%{control:Tmp-String-2}"
        }
      }
      ${sign}
    }
  }
}
`;
}

function accounting(port: number): string {
  return `listen {
    type = acct
    ipaddr = 127.0.0.1
    port = ${port}
  }
  preacct {
    ok
  }
  accounting {
    ok
  }`;
}

/** The users file: passwords, the home server's own challenges, and the attributes of each Accept. */
export function usersFile(users: readonly HomeUser[]): string {
  return users.map(userEntry).join('\n\n') + '\n';
}

function userEntry({ name, password, attributes = [], challenge, refusal, isExpired = false }: HomeUser): string {
  const checks = [password === undefined ? 'Auth-Type := Accept' : `Cleartext-Password := ${quoted(password)}`];
  if (challenge !== undefined) {
    checks.push(`Tmp-String-0 := ${quoted(challenge.answer)}`, `Tmp-String-1 := ${quoted(challenge.message)}`);
  }
  if (isExpired) checks.push('SMB-Account-CTRL-TEXT := "[Ue]"');
  if (refusal !== undefined) checks.push(`Tmp-String-2 := ${quoted(refusal)}`);
  const replies = attributes.map((attribute) => `  ${attribute.replace(' = ', ' += ')}`);
  return [`${quoted(name)} ${checks.join(', ')}`, replies.join(',\n')].filter((part) => part !== '').join('\n');
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function yesOrNo(flag: boolean): string {
  return flag ? 'yes' : 'no';
}
