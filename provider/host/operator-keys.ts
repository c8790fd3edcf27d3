/** The operator's own public keys: that they stand in authorized_keys of every host needs no declaration. */
import { readFile } from "node:fs/promises";
import { createAgent, type ParsedKey, utils } from "ssh2";
import type { SshIdentity } from "./connection";
import { fingerprint } from "./host-keys";

/** Fingerprints ("SHA256:…") of the keys that the identity may log in with; none where it cannot be read. */
export async function operatorFingerprints(identity: SshIdentity): Promise<Set<string>> {
  const keys = await keysOf(identity).catch(() => []);
  return new Set(keys.map((key) => fingerprint(key.getPublicSSH()).replace(/^.* /, "")));
}

async function keysOf(identity: SshIdentity): Promise<ParsedKey[]> {
  const { agentSocket } = identity;
  const pem = identity.privateKey ?? (identity.privateKeyFile && (await readFile(identity.privateKeyFile)));
  if (pem) return [utils.parseKey(pem)].flat().filter((key): key is ParsedKey => !(key instanceof Error));
  if (!agentSocket) return [];
  return new Promise((resolve, reject) =>
    createAgent(agentSocket).getIdentities((error, keys = []) =>
      error
        ? reject(error)
        : resolve(keys.filter((key): key is ParsedKey => typeof key === "object" && "getPublicSSH" in key)),
    ),
  );
}
