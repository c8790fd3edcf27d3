/** The files of the role `bans`, each a pure function of its settings. */
import { nftSet } from "../../quote/config";
import { owned } from "../shared/paths";
import { program } from "../shared/program";
import { daemonSandbox } from "../shared/sandbox";
import { type BansSettings, ENFORCER, RULES, USER } from "./args";

const ROLE = "bans";
const TABLE = "inet postfleet_bans";
/** The network of one client, in IPv6 a /64. */
const CLIENT = { 4: "ip saddr", 6: "ip6 saddr and ffff:ffff:ffff:ffff::" } as const;
const TOWARDS = { 4: "ip daddr", 6: "ip6 daddr and ffff:ffff:ffff:ffff::" } as const;
const FAMILIES = [4, 6] as const;

/**
 * /etc/postfleet/bans.nft, nft(8): a table of its own, so that a new ruleset of the host leaves the bans. Loading it again keeps
 * what is in the sets. Its chains come before the base ruleset's, and refuse also what is established.
 */
export function rules(s: BansSettings): string {
  const ports = `{ ${s.ports.join(", ")} }`;
  const allowed = FAMILIES.map((family) => {
    const networks = ["127.0.0.0/8", "::1", ...s.allowed].filter((net) => net.includes(":") === (family === 6));
    return `flush set ${TABLE} allowed${family}\nadd element ${TABLE} allowed${family} ${nftSet([...new Set(networks)])}\n`;
  });
  const exempt = FAMILIES.map(
    (family) => `add rule ${TABLE} input ${family === 4 ? "ip" : "ip6"} saddr @allowed${family} return\n`,
  );
  const banned = FAMILIES.map((family) => `add rule ${TABLE} input ${CLIENT[family]} @banned${family} counter drop\n`);
  const outward = FAMILIES.map(
    (family) =>
      `add rule ${TABLE} output tcp sport ${ports} ${TOWARDS[family]} @banned${family} reject with tcp reset\n`,
  );
  return `${owned(ROLE)}
add table ${TABLE}
${FAMILIES.map((family) => sets(family)).join("")}
add chain ${TABLE} input { type filter hook input priority filter - 10; policy accept; }
add chain ${TABLE} output { type filter hook output priority filter - 10; policy accept; }
flush chain ${TABLE} input
flush chain ${TABLE} output

# The site's own hosts, and whom the site file allows.
${allowed.join("")}
# Logins alone, and never sshd: who deploys cannot be banned.
add rule ${TABLE} input tcp dport != ${ports} return
${exempt.join("")}# A reset tells our own process that its client is gone; see below.
add rule ${TABLE} input tcp flags & rst == rst return
${banned.join("")}${counted(s)}
# A process that speaks to a banned client hears at once that nobody is there, and does not wait for minutes.
${outward.join("")}`;
}

const sets = (family: 4 | 6): string => {
  const set = (name: string, flags: string, size: number) =>
    `add set ${TABLE} ${name}${family} { type ipv${family}_addr; ${flags}size ${size}; }\n`;
  return (
    set("allowed", "flags interval; auto-merge; ", 65536) +
    set("banned", "flags timeout; ", 16384) +
    set("known", "", 16384) +
    set("held", "flags dynamic; ", 65536) +
    set("held_known", "flags dynamic; ", 65536)
  );
};

/** Connections at one time: many for an office behind one address, few for who never logged in. */
function counted({ countedPorts, connections }: BansSettings): string {
  if (countedPorts.length === 0) return "";
  const rule = (family: 4 | 6, of: string, held: string, most: number) =>
    `add rule ${TABLE} input tcp dport { ${countedPorts.join(", ")} } ct state new ${CLIENT[family]} ${of}@known${family} add @${held}${family} { ${CLIENT[family]} ct count over ${most} } counter reject with tcp reset\n`;
  const strangers = Math.ceil(connections / 10);
  return `# Nobody holds all login processes.
${FAMILIES.map((family) => rule(family, "", "held_known", connections) + rule(family, "!= ", "held", strangers)).join("")}`;
}

/** The program that keeps the sets as the judge has them. */
export const enforcer = ({ judge }: BansSettings) =>
  program(ROLE, "enforce.py", { values: { JUDGE: judge.address, PORT: judge.port, RULES } });

/** postfleet-bans.service: it asks one port, and changes the firewall. */
export const unit = ({ judge }: BansSettings) => `${owned(ROLE)}
[Unit]
Description=Bans of addresses that guess passwords
After=network.target nftables.service
# Without it bans run out: it is tried for ever.
StartLimitIntervalSec=0

[Service]
ExecStart=${ENFORCER}
User=${USER.name}
AmbientCapabilities=CAP_NET_ADMIN
Restart=always
RestartSec=5s
MemoryMax=128M
IPAddressDeny=any
IPAddressAllow=${judge.address}

[Install]
WantedBy=multi-user.target

${daemonSandbox({ writes: ["/tmp"], capabilities: ["CAP_NET_ADMIN"], netlink: true })}ProtectProc=invisible
`;
