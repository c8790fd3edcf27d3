/** Keys of the section `keys`: how the keys that others check us by are rotated. */
import { object } from "./containers";
import type { Fields, Schema } from "./kinds";
import { duration, flag } from "./scalars";

/** A duration in seconds, or `never`, which is read as 0. */
function orNever(schema: Schema<number>): Schema<number> {
  return {
    allowed: `never, or ${schema.allowed}`,
    json: { anyOf: [{ const: "never" }, schema.json] },
    read: (node, at, problems, asKey) =>
      node.kind === "scalar" && node.value === "never" ? 0 : schema.read(node, at, problems, asKey),
  };
}

const rotation = orNever(duration("s", "10s", "3650d"));

const dkim = {
  rotate: {
    schema: rotation,
    description:
      "Age at which a DKIM key gets a successor. Each update takes one step: publish, sign once every name server shows " +
      "it, retire, revoke.",
    otherwise: "180d, and never where `dns.provider` is none",
    examples: ["90d"],
  },
  retention: {
    schema: duration("s", "10s", "3650d"),
    description:
      "How long a retired key stays published, and then its revocation: longer than mail stays in any queue.",
    default: "14d",
  },
  shared: {
    schema: flag,
    description: "One pair of keys for all domains, in the place of one a domain: for platforms of many domains.",
    default: false,
  },
} satisfies Fields;

const tls = {
  rotate: {
    schema: rotation,
    description:
      "Age at which the key of a host's certificate gets a successor, whose TLSA records stand beside the old ones first.",
    default: "never",
    examples: ["365d"],
  },
} satisfies Fields;

/** The section. */
export const keys = {
  dkim: { schema: object(dkim), description: "Keys that sign mail, RFC 6376.", default: {} },
  tls: { schema: object(tls), description: "Keys of the hosts' certificates, RFC 7671.", default: {} },
} satisfies Fields;
