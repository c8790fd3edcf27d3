/**
 * The registry's robot on net1: it asks the name server of domains for their CDS records and puts the DS into the parent,
 * RFC 8078. A real registry asks once a day and waits; this one asks every few seconds and believes at once.
 */
import type { LabFiles } from "../identity";
import { AUTHORITY, ipv4, SITE_DOMAINS, SITE_NAMESERVER } from "../plan";

/** Seconds between two rounds. */
const REGISTRY_INTERVAL = 5;

/** Domains whose CDS records the robot follows, and the address that it asks for them. */
export interface Registered {
  server: string;
  domains: readonly string[];
}

const SITE: Registered = { server: ipv4(SITE_NAMESERVER.number), domains: SITE_DOMAINS };

const parent = (domain: string): string => domain.slice(domain.indexOf(".") + 1);

/** The robot: Python with nothing but kdig, knotc and unbound-control. */
export const registryScript = ({ server, domains }: Registered = SITE): string => `#!/usr/bin/python3
"""Follows the CDS records of the delegated domains, RFC 7344 and 8078."""
import binascii
import subprocess

CHILD_SERVER = "${server}"
PARENT_SERVER = "${ipv4(AUTHORITY)}"
DOMAINS = [${domains.map((domain) => `("${domain}.", "${parent(domain)}.")`).join(", ")}]
DS_TTL = "5"


def ask(server, name, kind):
    """Data of the records; None when the server did not answer for that name."""
    command = ["kdig", "+timeout=2", "+retry=0", "+noall", "+header", "+answer", "@" + server, name, kind]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0 or "status: NOERROR" not in done.stdout:
        return None
    rows = [line.split(None, 4) for line in done.stdout.splitlines() if line and not line.startswith(";")]
    return [row[4] for row in rows if len(row) == 5 and row[3] == kind]


def key_tag(data):
    """Key tag of a DNSKEY, RFC 4034 appendix B."""
    flags, protocol, algorithm, key = data.split(None, 3)
    wire = bytes([int(flags) >> 8, int(flags) & 255, int(protocol), int(algorithm)])
    wire += binascii.a2b_base64(key.replace(" ", ""))
    total = sum(byte << 8 if index % 2 == 0 else byte for index, byte in enumerate(wire))
    return (total + (total >> 16)) & 0xFFFF


def normal(ds):
    """DS data in one form: the digest may be split and of either case."""
    tag, algorithm, kind, digest = ds.split(None, 3)
    return " ".join([tag, algorithm, kind, digest.replace(" ", "").lower()])


def wanted(domain, present):
    """The DS records the parent should have; None to leave them as they are."""
    cds = ask(CHILD_SERVER, domain, "CDS")
    keys = ask(CHILD_SERVER, domain, "DNSKEY")
    if cds is None or keys is None:
        return None
    if cds:
        return sorted(normal(one) for one in cds if one.split()[1] != "0")
    # No CDS: a DS that no key of the zone answers to would only make the zone bogus.
    tags = {str(key_tag(key)) for key in keys}
    return present if all(one.split()[0] in tags for one in present) else []


def publish(domain, parent, present, records):
    commands = [["zone-begin", parent]]
    if present:
        commands.append(["zone-unset", parent, domain, "DS"])
    commands += [["zone-set", parent, domain, DS_TTL, "DS"] + one.split() for one in records]
    commands.append(["zone-commit", parent])
    try:
        for command in commands:
            subprocess.run(["knotc"] + command, check=True, stdout=subprocess.DEVNULL)
    except subprocess.CalledProcessError:
        subprocess.run(["knotc", "zone-abort", parent])
        raise
    subprocess.run(["unbound-control", "flush_zone", domain], stdout=subprocess.DEVNULL)
    print(domain, "DS:", "; ".join(records) or "none", flush=True)


for domain, parent in DOMAINS:
    present = sorted(normal(one) for one in ask(PARENT_SERVER, domain, "DS") or [])
    records = wanted(domain, present)
    if records is not None and records != present:
        publish(domain, parent, present, records)
`;

/**
 * The robot `unit` as systemd runs it: its script, a service that makes one round, the timer that is to be enabled.
 *
 * @param about What the robot does, for the service's description.
 * @param first Programs that each round begins with.
 */
export function registryFiles(unit: string, about: string, registered = SITE, first: string[] = []): LabFiles {
  const script = `/usr/local/sbin/${unit}`;
  const service = `[Unit]
Description=Registry of the lab: ${about}
After=knot.service

[Service]
Type=oneshot
${[...first, script].map((program) => `ExecStart=${program}\n`).join("")}`;
  const timer = `[Unit]
Description=Rounds of the lab's registry

[Timer]
OnActiveSec=1s
OnUnitInactiveSec=${REGISTRY_INTERVAL}s
AccuracySec=100ms

[Install]
WantedBy=timers.target
`;
  return {
    [script]: { content: registryScript(registered), mode: 0o755 },
    [`/etc/systemd/system/${unit}.service`]: { content: service },
    [`/etc/systemd/system/${unit}.timer`]: { content: timer },
  };
}
