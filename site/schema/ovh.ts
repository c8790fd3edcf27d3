/** Keys of what the site has at OVH beside its hosts: the API, networks and storage. */
import { didYouMean } from "../suggest";
import { OVH_SNAPSHOTS } from "../types";
import { list, map, object } from "./containers";
import { type Fields, Refusal, type Schema, text } from "./kinds";
import { label } from "./names";
import { hostNames, PANEL } from "./ovh-host";
import { choice, duration, flag, formed, line, size } from "./scalars";
import { readBaseUrl } from "./urls";

const nasPartition = {
  size: { schema: size("10G", "1000T", { in: "G" }), description: "Size.", required: true, examples: ["500G"] },
  protocol: { schema: choice(["NFS", "CIFS", "NFS_CIFS"]), description: "How it is reached.", default: "NFS" },
  access: {
    ...hostNames("Hosts of this file, at OVH too, that read and write it."),
    required: true,
    examples: [["mail1"]],
  },
  snapshots: {
    schema: list(choice(OVH_SNAPSHOTS), { unique: true }),
    description: "Snapshots that OVH makes by itself.",
    default: ["day-1"],
  },
} satisfies Fields;

const bucket = {
  versioning: { schema: flag, description: "Keep old versions of objects.", default: true },
  objectLock: {
    schema: object({
      mode: {
        schema: choice(["governance", "compliance"]),
        description: "`governance`: a special right lifts the lock; `compliance`: nothing does.",
        default: "governance",
      },
      period: {
        schema: duration("d", "1d", "3650d"),
        description: "How long objects are locked.",
        required: true,
        examples: ["30d"],
      },
    }),
    description: "New objects can neither be changed nor deleted for a time. It cannot be turned off again.",
    examples: [{ mode: "governance", period: "30d" }],
  },
} satisfies Fields;

const project = {
  id: {
    schema: formed("32 hexadecimal digits", /^[0-9a-f]{32}$/, PANEL),
    description: "Id of the Public Cloud project.",
    required: true,
    examples: ["0123456789abcdef0123456789abcdef"],
  },
  region: {
    schema: formed("a region in capitals, e.g. GRA", /^[A-Z][A-Z0-9-]*$/, "write e.g. GRA, SBG or EU-WEST-PAR"),
    description: "Region of the buckets.",
    required: true,
    examples: ["GRA"],
  },
  buckets: {
    schema: map(
      formed(
        "3 to 63 lower-case letters, digits and hyphens",
        /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
        "write e.g. campus-backups",
      ),
      object(bucket),
    ),
    description: "Containers of S3 object storage: name -> settings. Names are unique in the whole region.",
    default: {},
    examples: [{ "campus-backups": { objectLock: { period: "30d" } } }],
  },
} satisfies Fields;

const ENDPOINTS = ["ovh-eu", "ovh-ca", "ovh-us"] as const;
const endpoint: Schema<string> = text({
  allowed: `${ENDPOINTS.join(", ")}, or a URL that begins with https://`,
  json: { pattern: `^(${ENDPOINTS.join("|")}|https://.+)$` },
  parse(given) {
    if (ENDPOINTS.some((name) => name === given)) return given;
    if (!given.includes(":")) {
      const hint = didYouMean(given, ENDPOINTS, `write one of ${ENDPOINTS.join(", ")}`);
      return new Refusal(`"${given}" is no endpoint of OVH`, hint);
    }
    return readBaseUrl(given);
  },
});

/** `ovh`. */
export const ovh = {
  endpoint: {
    schema: endpoint,
    description: "OVH's API: of Europe, Canada or the United States, or a URL for tests.",
    default: "ovh-eu",
  },
  caFile: {
    schema: line("a path, relative to the site file", 1000),
    description: "PEM file of the CA that a private API's certificate comes from.",
    otherwise: "the system's CAs",
  },
  vrack: {
    schema: formed("a name such as pn-123", /^pn-\d+$/, PANEL),
    description: "Private network (vRack) that all dedicated servers of the site belong to.",
    examples: ["pn-123"],
  },
  nas: {
    schema: map(
      formed("a name such as zpool-123456", /^zpool-\d+$/, PANEL),
      object({
        partitions: {
          schema: map(label, object(nasPartition), { min: 1 }),
          description: "Partitions: name -> settings.",
          required: true,
          examples: [{ mail: { size: "500G", access: ["mail1"] } }],
        },
      }),
    ),
    description: "NAS-HA services: name -> what is on them.",
    default: {},
  },
  project: { schema: object(project), description: "A Public Cloud project with object storage." },
} satisfies Fields;
