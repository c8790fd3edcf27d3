/** Sandboxes of the programs that run on hosts, systemd.exec(5). */
import { owned } from "./paths";

/** What no program of ours needs on a host, systemd.exec(5). Units add what theirs does without, and open what it writes to. */
export const SANDBOX = `NoNewPrivileges=yes
ProtectSystem=strict
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
UMask=0022
`;

/** What a daemon of Debian's does need, beyond what its own unit says. */
interface DaemonNeeds {
  /** Directories it writes to, besides /tmp of its own. Those that need not exist begin with a dash. */
  writes: string[];
  /** Capabilities of its root processes; none where it runs as a user of its own from the start. */
  capabilities: string[];
  /** System calls beyond `@system-service`. */
  systemCalls?: string[];
  /** It asks the kernel for the host's addresses (getifaddrs(3)). */
  netlink?: boolean;
  /** It makes machine code while it runs: a regular expression, a script. */
  compiles?: boolean;
  /** It can do without seeing other users of the host: it neither starts as root nor changes to another user. */
  ownUser?: boolean;
}

/** Section [Service] of a drop-in: whoever breaks into the daemon gets no further than what it needs. */
export function daemonSandbox(needs: DaemonNeeds): string {
  const families = ["AF_UNIX", "AF_INET", "AF_INET6", ...(needs.netlink ? ["AF_NETLINK"] : [])];
  return `[Service]
${SANDBOX.replace("UMask=0022", "UMask=0027")}ProtectHome=yes
ProcSubset=pid
# Empty first: what Debian's unit allows is no more than this.
RestrictAddressFamilies=
RestrictAddressFamilies=${families.join(" ")}
CapabilityBoundingSet=
CapabilityBoundingSet=${needs.capabilities.join(" ")}
${needs.systemCalls ? `SystemCallFilter=${needs.systemCalls.join(" ")}\n` : ""}${needs.compiles ? "" : "MemoryDenyWriteExecute=yes\n"}${
  needs.ownUser ? "ProtectProc=invisible\nPrivateUsers=yes\n" : ""
}ReadWritePaths=${needs.writes.join(" ")}
`;
}

/** A drop-in of a role, for a daemon that needs no more said than its sandbox. */
export function sandboxDropIn(role: string, needs: DaemonNeeds): string {
  return `${owned(role)}${daemonSandbox(needs)}`;
}

/** Where the drop-in of a unit is. */
export function dropInPath(unit: string): string {
  return `/etc/systemd/system/${unit}.d/postfleet.conf`;
}
