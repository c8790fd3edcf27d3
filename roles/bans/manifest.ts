/** What the role `bans` wants of its host, put together from its files. */
import { directory, file, running } from "../shared/entries";
import { type BansArgs, bansSettings, ENFORCER, RULES, UNIT, USER } from "./args";
import { enforcer, rules, unit } from "./files";

/** The table, and the program that fills it. */
export function bansParts(args: BansArgs) {
  const s = bansSettings(args);
  const unitFile = `/etc/systemd/system/${UNIT}`;
  return {
    users: { [USER.name]: { home: "/nonexistent", shell: "/usr/sbin/nologin", groups: [], uid: USER.id } },
    directories: { "/etc/postfleet": directory(), "/usr/local/lib/postfleet": directory() },
    files: {
      [RULES]: file(rules(s)),
      [ENFORCER]: file(enforcer(s), "0755"),
      [unitFile]: file(unit(s)),
    },
    validate: [
      { argv: ["nft", "-c", "-f", RULES] },
      { argv: ["python3", "-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())", ENFORCER] },
    ],
    services: { [UNIT]: running({ restart: [RULES, ENFORCER, unitFile] }) },
    health: [
      {
        kind: "command" as const,
        argv: ["nft", "list", "set", "inet", "postfleet_bans", "banned4"],
        timeout: 15,
      },
    ],
  };
}
