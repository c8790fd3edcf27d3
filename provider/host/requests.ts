/** What is sent to the agent for a manifest: no more than it needs. */
import { createHash } from "node:crypto";
import { BASE_ROLE, FIELDS, MAPS, type Manifest } from "../manifest";
import type { KnownHashes } from "./types";

/** SHA-256 of a text in UTF-8, hex: the hash of {@link KnownHashes}. */
export function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** Hashes of the contents that a manifest's plain files have. */
export function knownHashes(manifest: Manifest): KnownHashes {
  return Object.fromEntries(Object.entries(manifest.files).map(([path, file]) => [path, sha256(file.content)]));
}

/** Names only: an observation needs no content. */
export function observeRequest(manifest: Manifest, known: KnownHashes): object {
  return {
    role: manifest.role,
    known,
    ...Object.fromEntries(MAPS.map((map) => [map, Object.keys(manifest[map])])),
    undeclared: manifest.role === BASE_ROLE,
    creates: manifest.prepare.flatMap((command) => command.creates ?? []),
  };
}

/** The claims of a manifest without contents, as the agent itself records them (`record_of` in agent/claims.py). */
export function claims(manifest: Manifest | undefined): object | undefined {
  if (!manifest) return undefined;
  const files = Object.entries({ ...manifest.files, ...manifest.secretFiles }).map(([path, file]) => {
    const { content, mode, owner, group } = file;
    return [
      path,
      { sha256: sha256(content), mode: Number.parseInt(mode, 8).toString(8).padStart(4, "0"), owner, group },
    ];
  });
  const rest = FIELDS.filter((name) => name !== "files" && name !== "secretFiles").map((name) => [
    name,
    manifest[name],
  ]);
  return { ...Object.fromEntries(rest), files: Object.fromEntries(files), secret: Object.keys(manifest.secretFiles) };
}
