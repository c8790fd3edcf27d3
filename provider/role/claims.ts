/**
 * Which role claims which path of which host, within one run: two roles that want different content at one path are
 * refused in the preview already. (The agent asks the same question again of what is on the host.)
 */
import { createHash } from "node:crypto";
import type { CheckFailure } from "../handler";
import type { RoleInputs } from "../manifest";
import { hasUnknown } from "../values";
import { entryPath } from "./diff";

interface Claim {
  urn: string;
  role: string;
  fingerprint: string;
}

/** The claims seen so far. */
export class Claims {
  private readonly byPath = new Map<string, Claim[]>();

  /** Notes the claims of a role and returns those that contradict another role's. */
  add(urn: string, inputs: RoleInputs): CheckFailure[] {
    for (const [path, claims] of this.byPath) {
      this.byPath.set(
        path,
        claims.filter((claim) => claim.urn !== urn),
      );
    }
    return (["files", "secretFiles", "links", "removed"] as const).flatMap((map) =>
      Object.entries(inputs[map] ?? {}).flatMap(([path, wanted]) => {
        if (hasUnknown(wanted)) return [];
        const key = `${inputs.host.name}:${path}`;
        const fingerprint = createHash("sha256").update(JSON.stringify(wanted)).digest("hex");
        const others = this.byPath.get(key) ?? [];
        this.byPath.set(key, [...others, { urn, role: inputs.role, fingerprint }]);
        const rival = others.find((other) => other.fingerprint !== fingerprint);
        return rival
          ? [
              {
                property: entryPath(map, path),
                reason:
                  `${path} on ${inputs.host.name} is claimed by the roles ${rival.role} and ${inputs.role} with different content.\n` +
                  "  hint: a file has one owner; let one of the two write a drop-in file of its own",
              },
            ]
          : [];
      }),
    );
  }
}
