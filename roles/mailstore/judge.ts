/**
 * The judge of logins: every login of the site passes Dovecot's auth, which asks it before it looks at a password and tells it
 * what came of it. It has no rights on the host; what it decides is enforced by the role `bans`, here and on other hosts.
 */
import type { Manifest } from "../../provider/manifest";
import { directory, file, running } from "../shared/entries";
import { owned, PORTS } from "../shared/paths";
import { program } from "../shared/program";
import { SANDBOX } from "../shared/sandbox";
import { CONF_DIRECTORY, type MailstoreSettings } from "./args";

const LIBRARY = "/usr/local/lib/postfleet/judge";
const UNIT = "postfleet-judge.service";
const UNIT_FILE = `/etc/systemd/system/${UNIT}`;
const USER = "postfleet-judge";
/** For the operator, and for `postfleet bans`. */
export const BANS_PROGRAM = "/usr/local/sbin/postfleet-bans";
/** What it remembers. */
export const JUDGE_STATE = "/var/lib/postfleet-judge";
const CONTROL = "/run/postfleet-judge/control";

/** policy.conf: Dovecot's side, https://doc.dovecot.org/2.4.1/core/config/auth/policy.html */
export const policyConf = () => `${owned("mailstore")}
# Asked before a password is hashed. One that is down or slow hinders nobody: within a second the login goes on without it.
auth_policy_server_url = http://127.0.0.1:${PORTS.policy}/
auth_policy_check_after_auth = no
auth_policy {
  http_client_request_absolute_timeout = 800 msecs
}
# It knows the same wrong password again by its hash, whole. That goes over loopback alone and is kept nowhere, so no secret.
auth_policy_hash_nonce = postfleet
auth_policy_hash_truncate = 0

# Dovecot's own penalty makes everybody behind an address wait up to 15 s; Postfix gives up after 10 and answers 454.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
# Postfix takes every failure for a wrong password (535) but the one that it waits for in vain: longer than its 10 s. A
# failure of the mailstore itself must be temporary (454).
auth_internal_failure_delay = 15 secs
`;

/** postfleet-judge.service */
export const judgeUnit = (s: MailstoreSettings) => `${owned("mailstore")}
[Unit]
Description=Judge of logins: counts wrong passwords
Before=dovecot.service
# Without it nobody is banned: it is tried for ever.
StartLimitIntervalSec=0

[Service]
ExecStart=${LIBRARY}/judge-daemon
User=${USER}
Restart=always
RestartSec=1s
StateDirectory=postfleet-judge
StateDirectoryMode=0700
RuntimeDirectory=postfleet-judge
RuntimeDirectoryMode=0700
MemoryMax=512M

CapabilityBoundingSet=
ProtectHome=yes
ProtectProc=invisible
ProcSubset=pid
PrivateUsers=yes
IPAddressDeny=any
IPAddressAllow=${["localhost", ...s.banHosts].join(" ")}
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
MemoryDenyWriteExecute=yes
${SANDBOX}
[Install]
WantedBy=multi-user.target
`;

/** The daemon, and the module that it is about. */
const programs = (s: MailstoreSettings): Record<string, string> => ({
  [`${LIBRARY}/judge.py`]: program("mailstore", "judge.py"),
  [`${LIBRARY}/judge-daemon`]: program("mailstore", "judge-daemon.py", {
    values: {
      LIBRARY,
      STATE: `${JUDGE_STATE}/state.json`,
      CONTROL,
      POLICY_PORT: PORTS.policy,
      LIST_PORT: PORTS.bans,
      ALLOWED: s.allowed,
    },
  }),
  [BANS_PROGRAM]: program("mailstore", "bans.py", { values: { CONTROL } }),
});

/** What the judge adds to the mailstore's manifest. */
export function judgeParts(
  s: MailstoreSettings,
): Pick<Manifest, "users" | "directories" | "files" | "validate" | "services" | "health"> {
  const texts = programs(s);
  return {
    users: { [USER]: { home: "/nonexistent", shell: "/usr/sbin/nologin", groups: [] } },
    directories: { [LIBRARY]: directory() },
    files: {
      [`${CONF_DIRECTORY}/policy.conf`]: file(policyConf()),
      [UNIT_FILE]: file(judgeUnit(s)),
      ...Object.fromEntries(
        Object.entries(texts).map(([path, text]) => [path, file(text, path.endsWith(".py") ? "0644" : "0755")]),
      ),
    },
    validate: Object.keys(texts).map((path) => ({
      argv: ["python3", "-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())", path],
    })),
    services: {
      [UNIT]: running({ restart: [UNIT_FILE, ...Object.keys(texts).filter((path) => path !== BANS_PROGRAM)] }),
    },
    health: [{ kind: "command", argv: [BANS_PROGRAM, "list"], timeout: 15 }],
  };
}
