/**
 * `postfleet:wireguard:Key`: a host's key of the site link (Curve25519, RFC 7748), made once and kept in the state, so that its
 * peers know it before it first answers.
 */
import { generateKeyPairSync } from "node:crypto";
import type { ResourceHandler } from "../handler";
import { UNKNOWN } from "../values";
import type { WireguardKeyInputs, WireguardKeyOutputs } from "./contract";

const base64 = (part = ""): string => Buffer.from(part, "base64url").toString("base64");

/** A pair of keys as wg(8) writes them: 32 bytes in base64. */
export function wireguardKey(): WireguardKeyOutputs {
  const { x, d } = generateKeyPairSync("x25519").privateKey.export({ format: "jwk" });
  return { privateKey: base64(d), publicKey: base64(x) };
}

/** It has no inputs, so that nothing changes it; `pulumi up --replace` makes another key. */
export const wireguardKeyHandler: ResourceHandler<WireguardKeyInputs, WireguardKeyOutputs> = {
  refreshBeforeUpdate: false,
  secretOutputs: ["privateKey"],
  check: () => [],
  diff: () => ({}),
  create: async (urn, _news, preview) =>
    preview
      ? { id: "", outputs: { privateKey: UNKNOWN, publicKey: UNKNOWN } }
      : { id: urn.split("::").pop() ?? "key", outputs: wireguardKey() },
  read: async (state) => state,
  update: async (state) => state.outputs,
  delete: async () => {},
};
