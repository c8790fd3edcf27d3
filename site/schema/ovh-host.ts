/** Keys of a host's machine at OVH. */
import { list, object } from "./containers";
import { type Fields, Refusal, type Schema, scalar, text } from "./kinds";
import { domainName, ipAddress, label } from "./names";
import { choice, flag, formed, moment, size } from "./scalars";

/** Where names of OVH's come from. */
export const PANEL = "take it from OVH's control panel";

/** A list of hosts of the site. */
export const hostNames = (description: string) => ({ schema: list(label, { min: 1, unique: true }), description });

const serviceName = formed(
  "a name as OVH's control panel shows it, e.g. ns1001.ip-192-0-2.eu",
  /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
  `${PANEL}: lower-case letters, digits, hyphens and dots`,
);

/** Images of other systems, refused at once; whether an image exists only OVH knows. */
const image: Schema<string> = text({
  allowed: "a Debian 13 image, e.g. debian13_64",
  json: { pattern: "^[A-Za-z0-9][A-Za-z0-9 ._()-]*$" },
  parse(given) {
    if (!/^[A-Za-z0-9][A-Za-z0-9 ._()-]*$/.test(given)) return new Refusal(`"${given}" is no image name`, PANEL);
    if (/debian(?![\s_-]*13)|ubuntu|centos|alma|rocky|fedora|windows|esxi|proxmox|freebsd/i.test(given))
      return new Refusal("this is another system: hosts run Debian 13", "write debian13_64, or `Debian 13` for a VPS");
    return given;
  },
});

const mountPoint = formed(
  "an absolute path, or swap",
  /^(swap|\/([A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*)?)$/,
  "write e.g. /, /var or swap, without a slash at the end",
);

/** RAID levels of the API; written as numbers. */
const RAID = [0, 1, 5, 6, 7, 10] as const;
const raidLevel: Schema<(typeof RAID)[number]> = scalar({
  allowed: `one of ${RAID.join(", ")}`,
  json: { enum: RAID },
  parse: (value) =>
    RAID.find((level) => level === value) ?? new Refusal("this is no RAID level", `write one of ${RAID.join(", ")}`),
});

const partition = {
  mount: { schema: mountPoint, description: "Mount point, or `swap`.", required: true, examples: ["/"] },
  size: {
    schema: size("1M", "1000T", { in: "M" }),
    description: "Size.",
    otherwise: "the rest of the disk",
    examples: ["20G"],
  },
  fs: {
    schema: choice(["ext4", "xfs", "btrfs", "zfs", "swap"]),
    description: "File system.",
    otherwise: "`ext4`, or `swap` where it is mounted",
  },
  raid: { schema: raidLevel, description: "RAID level over all disks.", otherwise: "OVH's choice" },
} satisfies Fields;

const install = {
  image: {
    schema: image,
    description: "Template of a dedicated server, or name of a VPS image.",
    otherwise: "`debian13_64` for a server, `Debian 13` for a VPS",
    examples: ["debian13_64"],
  },
  reinstall: {
    schema: moment,
    description:
      "Consent to **erase all disks** and install: today's date. Each new one installs once more; leave it there. Without it " +
      "the host is taken over as it is.",
    examples: ["2026-11-22"],
  },
  partitions: {
    schema: list(object(partition), { min: 1 }),
    description: "Partitions of a dedicated server, in the order of the disk.",
    otherwise: "those of the template",
    examples: [[{ mount: "/", size: "20G" }, { mount: "/var" }]],
  },
  trustFirstContact: {
    schema: flag,
    description: "A VPS makes its own host key when it is installed: `true` believes it once and pins it from then on.",
    default: false,
  },
} satisfies Fields;

const additionalIp = {
  address: { schema: ipAddress, description: "The address.", required: true, examples: ["203.0.113.7"] },
  name: {
    schema: domainName,
    description: "Its name, forward and reverse.",
    required: true,
    examples: ["relay.example.org"],
  },
} satisfies Fields;

/** `hosts.<name>.ovh`. */
export const ovhHost = {
  server: { schema: serviceName, description: "Name of a dedicated server.", examples: ["ns1001.ip-192-0-2.eu"] },
  vps: {
    schema: serviceName,
    description: "Name of a virtual private server.",
    examples: ["vps-1a2b3c4d.vps.ovh.net"],
  },
  install: {
    schema: object(install),
    description:
      "Postfleet installs Debian on it. A dedicated server with `reinstall` needs no `hostKeys`: one is made before it boots.",
    otherwise: "it is installed already",
    examples: [{ image: "debian13_64", reinstall: "2026-11-22" }],
  },
  firewall: {
    schema: flag,
    description: "OVH's network firewall in front of its IPv4 addresses, open for the ports of its roles.",
    default: false,
  },
  monitoring: { schema: flag, description: "OVH's monitoring of a dedicated server.", otherwise: "left as it is" },
  reverse: { schema: flag, description: "Set the reverse names of its addresses to its hostname.", default: true },
  additionalIps: {
    schema: list(object(additionalIp)),
    description: "Additional IP addresses that are routed to it.",
    default: [],
    examples: [[{ address: "203.0.113.7", name: "relay.example.org" }]],
  },
  vrackInterface: {
    schema: formed(
      "a UUID",
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      "see the server's network interfaces at OVH",
    ),
    description: "UUID of the network interface of a dedicated server that is in `ovh.vrack`.",
    otherwise: "the server as a whole, as older ones are",
    examples: ["1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b"],
  },
  backupStorage: {
    schema: object({
      protocols: {
        schema: list(choice(["ftp", "nfs", "cifs"]), { min: 1, unique: true }),
        description: "How it may be reached.",
        default: ["ftp"],
      },
      access: {
        ...hostNames("Hosts of this file, at OVH too, that may use it."),
        otherwise: "the server itself",
        examples: [["mail1"]],
      },
    }),
    description: "The backup storage included with a dedicated server.",
    examples: [{ protocols: ["ftp"], access: ["mail1"] }],
  },
} satisfies Fields;
