/** Rules about what nobody declared on a host: each has one end. */
import type { Path } from "../problems";
import type { Check } from "./checked";
import { isRefused } from "./checked";

/** How an operator takes away what an update cannot. */
const BY_HAND: Record<string, (name: string) => string> = {
  changed: (name) => `apt-get install --reinstall -o Dpkg::Options::=--force-confnew $(dpkg -S ${name} | cut -d: -f1)`,
  directory: (name) => `rm -r ${name}`,
  group: (name) => `groupdel ${name}`,
  key: (name) => `edit the authorized_keys of ${name.split(" ")[0]}`,
  line: (name) => `edit ${name.split(" ")[0]}`,
  member: (name) => `gpasswd -d ${name.replace(" of ", " ")}`,
  package: (name) => `apt-get purge ${name}`,
  port: (name) => `ss -lp 'sport = :${name.split(":").at(-1)}' tells the process; stop its unit`,
  "set-id": (name) => `chmod u-s,g-s ${name}`,
  user: (name) => `userdel ${name}`,
  writable: (name) => `chmod o-w ${name}`,
};

const oneEnd: Check = {
  rule:
    "An entry of `hosts.<name>.undeclared` has either `allow` with `until`, or `remove: true`, which takes away files and " +
    "links only; each thing stands there once.",
  run(checked) {
    const { draft, problems } = checked;
    for (const { value: host } of draft.hosts ?? []) {
      const seen = new Map<string, Path>();
      for (const { at, value: entry } of host.undeclared) {
        const { what, allow, until, remove } = entry;
        if (what === undefined || isRefused(checked, at)) continue;
        const refuse = (key: string, message: string, allowed: string, hint: string) =>
          problems.add([...at, key], { message, allowed, hint });
        const [kind = "", name = ""] = [what.split(" ")[0], what.slice(what.indexOf(" ") + 1)];
        const first = seen.get(what);
        if (first)
          refuse(
            "what",
            `it stands in line ${problems.lineOf(first)} already`,
            "each thing once",
            "remove one of the two",
          );
        seen.set(what, at);
        if (allow !== undefined && remove)
          refuse(
            "remove",
            "it is allowed and to be removed",
            "one of `allow` and `remove`",
            "decide, and keep one of the two",
          );
        else if (allow === undefined && !remove)
          refuse(
            "what",
            "nothing says what becomes of it",
            "`allow` with `until`, or `remove: true`",
            "add one of the two",
          );
        if (allow !== undefined && until === undefined)
          refuse(
            "allow",
            "it is allowed for ever",
            "`allow` together with `until`",
            "add `until: YYYY-MM-DD`: then somebody looks again",
          );
        if (allow === undefined && until !== undefined)
          refuse(
            "until",
            "a day, and no reason",
            "`until` together with `allow`",
            "add `allow: ...` with the reason, or remove it",
          );
        if (!remove) continue;
        if (kind !== "file" && kind !== "link")
          refuse(
            "remove",
            `an update takes no ${kind} away`,
            "files and links",
            `do it on the host: ${BY_HAND[kind]?.(name)}`,
          );
        else if (
          !/^\/(?!.*\/\/)[^\\]+[^/\\]$/.test(name) ||
          name.split("/").some((part) => part === ".." || part === ".")
        )
          refuse(
            "remove",
            "this is no path that can be removed so",
            "an absolute path without .. and \\",
            "remove it on the host",
          );
      }
    }
  },
};

export const UNDECLARED_CHECKS: readonly Check[] = [oneEnd];
