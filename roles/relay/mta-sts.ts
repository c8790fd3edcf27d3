/**
 * MTA-STS (RFC 8461) towards other servers, where DANE (RFC 7672) does not decide.
 *
 * Debian's postfix-mta-sts-resolver fetches and keeps the policies. Its answer takes the place of Postfix's own level, DANE
 * included, which RFC 8461 section 2 forbids; so Postfix asks a gate of ours, which asks the daemon and then DNS.
 */
import type { Manifest } from "../../provider/manifest";
import { file, running } from "../shared/entries";
import { owned } from "../shared/paths";
import { program } from "../shared/program";
import { dropInPath, SANDBOX } from "../shared/sandbox";

/** What Postfix asks, socketmap_table(5). */
export const GATE_MAP = "socketmap:unix:/run/postfleet-mta-sts/gate:postfix";

const GATE_SOCKET = "/run/postfleet-mta-sts/gate";
const DAEMON_SOCKET = "/run/mta-sts/daemon";
const GATE = "/usr/local/lib/postfleet/mta-sts-gate";
const GATE_UNIT = "postfleet-mta-sts.service";
const DAEMON_UNIT = "postfix-mta-sts-resolver.service";
const DAEMON_CONFIG = "/etc/mta-sts-daemon.yml";
const DROP_IN = dropInPath(DAEMON_UNIT);

/** The host's own resolver: its word that an answer was validated counts, because nobody is between it and the gate. */
const RESOLVER = { address: "127.0.0.1", port: 53 };

/** /etc/mta-sts-daemon.yml, mta-sts-daemon.yml(5). */
export function daemonConfig(): string {
  return `${owned("relay")}path: ${DAEMON_SOCKET}
mode: 0666
# On disk: a policy that was seen once protects against an attacker who blocks the next fetch, after a restart too.
cache:
  type: sqlite
  options:
    filename: /var/lib/mta-sts/cache.db
    threads: 2
# Policies are fetched again before they expire, RFC 8461 section 5.1.
proactive_policy_fetching:
  enabled: true
`;
}

/** Drop-in of Debian's unit: a directory for the socket, and a limit (40 MiB are usual). */
export function daemonDropIn(): string {
  return `${owned("relay")}
[Service]
RuntimeDirectory=mta-sts
MemoryMax=256M
`;
}

/** The gate between Postfix and the daemon, `mta-sts-gate SOCKET DAEMON RESOLVER PORT`: Python, on dnspython. */
export const gateProgram = () => program("relay", "mta-sts-gate.py");

/** postfleet-mta-sts.service. It speaks to two sockets and the host's resolver, so it gets no more than that. */
export function gateUnit(): string {
  return `${owned("relay")}
[Unit]
Description=MTA-STS policies for Postfix, where DANE does not decide
After=unbound.service ${DAEMON_UNIT}
Before=postfix@relay.service

[Service]
Type=notify
ExecStart=${GATE} ${GATE_SOCKET} ${DAEMON_SOCKET} ${RESOLVER.address} ${RESOLVER.port}
Restart=always
RestartSec=1s
RuntimeDirectory=postfleet-mta-sts
DynamicUser=yes
MemoryMax=128M

CapabilityBoundingSet=
ProtectHome=yes
ProtectProc=invisible
IPAddressDeny=any
IPAddressAllow=localhost
RestrictAddressFamilies=AF_UNIX AF_INET
MemoryDenyWriteExecute=yes
${SANDBOX}
[Install]
WantedBy=multi-user.target
`;
}

/**
 * A question through gate and daemon. No domain of RFC 2606's `.invalid` has a policy, so that nothing but "not found" is
 * right; postmap(1) says so by silence, and tells of a failure on standard error.
 */
const ASK = `test -z "$(postmap -c /etc/postfix-relay -q probe.invalid ${GATE_MAP} 2>&1)"`;

/** Debian packages of MTA-STS. */
export const MTA_STS_PACKAGES = ["postfix-mta-sts-resolver", "python3-dnspython"];

/** What MTA-STS adds to the relay's manifest; its services come before Postfix's. */
export function mtaStsParts(): Pick<Manifest, "files" | "services" | "health"> {
  const unit = `/etc/systemd/system/${GATE_UNIT}`;
  return {
    files: {
      [DAEMON_CONFIG]: file(daemonConfig()),
      [DROP_IN]: file(daemonDropIn()),
      [GATE]: file(gateProgram(), "0755"),
      [unit]: file(gateUnit()),
    },
    services: {
      [DAEMON_UNIT]: running({ restart: [DAEMON_CONFIG, DROP_IN] }),
      [GATE_UNIT]: running({ restart: [GATE, unit] }),
    },
    health: [{ kind: "command", argv: ["sh", "-c", ASK], timeout: 30 }],
  };
}
