/** The DKIM keys that a filter holds and signs with, from what is known of their rings. */
import type { Facts, Signer } from "../define";
import type { SecretRef } from "../secrets";
import { type DkimSigner, dkimKeyPath } from "./args";

/** Which keys sign now: known in previews too, as the selectors are. */
export function keysAtWork(signers: readonly Signer[], signing: Facts["signing"]): DkimSigner[] {
  return signers.flatMap(({ ring, name, algorithm, domains }) =>
    domains.map((domain) => ({ domain, selector: signing[ring]?.active ?? "", algorithm, key: name })),
  );
}

/** The files of all keys that a filter holds: the one at work, and those before it. */
export function keyFilesOf(signers: readonly Signer[], signing: Facts["signing"]): Record<string, SecretRef> {
  return Object.fromEntries(
    signers.flatMap((signer) =>
      heldBy(signer, signing[signer.ring]).map((selector) => [
        dkimKeyPath(signer.name, selector),
        { kind: "ring" as const, id: signer.ring, selector },
      ]),
    ),
  );
}

/** What hosts hold. A damaged state must not lead to mail without a signature. */
export function heldBy(
  { name, algorithm }: Pick<Signer, "name" | "algorithm">,
  ring: { active: string; held?: string[] } | undefined,
): string[] {
  const { active = "", held = [] } = ring ?? {};
  if (held.includes(active)) return held;
  throw new Error(
    `the ${algorithm} keys of ${name} in the state of the stack are damaged: ` +
      `${active || "no key"} signs, and hosts hold ${held.join(", ") || "none"}\n` +
      "hint: bring back an earlier state, with pulumi stack export --version and pulumi stack import",
  );
}
