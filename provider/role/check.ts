/** What can be known to be wrong with a role before any host is asked. */
import type { CheckFailure } from "../handler";
import type { RoleInputs } from "../manifest";
import { entryPath } from "./diff";

const MODE = /^[0-7]{4}$/;
const HOST_KEY = /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/]+=*$/;

/** All that is wrong with the inputs, at once. */
export function checkRole(inputs: RoleInputs): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const fail = (property: string, reason: string) => failures.push({ property, reason });
  const { host } = inputs;
  if (!/^[a-z][a-z0-9-]*$/.test(inputs.role ?? "")) {
    fail("role", `is ${JSON.stringify(inputs.role)}; a name of lower-case letters, digits and "-" is wanted`);
  }
  if (!host?.lost && !host?.hostKeys?.length) {
    fail(
      "host.hostKeys",
      `${host?.name ?? "the host"} has no pinned host key.\n  hint: put it into the known_hosts file of the site`,
    );
  }
  for (const key of host?.hostKeys ?? []) {
    if (!HOST_KEY.test(key))
      fail("host.hostKeys", `${JSON.stringify(key)} is not a public host key; wanted: "ssh-ed25519 AAAA…"`);
  }
  for (const map of ["files", "secretFiles", "directories"] as const) {
    for (const [path, spec] of Object.entries(inputs[map] ?? {})) {
      if (!path.startsWith("/") || path.split("/").includes("..")) {
        fail(entryPath(map, path), "is not an absolute path without ..");
      }
      if (!MODE.test(spec.mode))
        fail(entryPath(map, path, "mode"), `is ${JSON.stringify(spec.mode)}; four octal digits are wanted, as "0644"`);
    }
  }
  for (const path of Object.keys(inputs.removed ?? {})) {
    if (!path.startsWith("/") || path.split("/").includes(".."))
      fail(entryPath("removed", path), "is not an absolute path without ..");
  }
  return failures;
}
