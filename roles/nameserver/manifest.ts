/** What a name server wants of its host, put together from its files. */
import { shellWord } from "../../quote/programs";
import { directory, file } from "../shared/entries";
import { dropInPath } from "../shared/sandbox";
import type { NameserverArgs } from "./args";
import * as files from "./files";

const CONFIG = "/etc/powerdns/pdns.d/postfleet.conf";
const DROP_IN = dropInPath("pdns.service");
const NAMED = `${files.SOURCES}/named.conf`;
const SCRIPT = "/usr/local/lib/postfleet/zones";

/** PowerDNS with its zones. */
export function nameserverParts(args: NameserverArgs) {
  const [first] = args.zones;
  const sources = args.zones.map(({ name, text }) => [`${files.SOURCES}/${name}.zone`, file(text)] as const);
  return {
    directories: {
      [files.SERVED]: directory(),
      [files.KEYS]: { mode: "0750", owner: "pdns", group: "pdns" },
    },
    files: {
      [CONFIG]: file(files.pdns(args)),
      [DROP_IN]: file(files.unit(args)),
      [NAMED]: file(files.named(args)),
      [SCRIPT]: file(files.script(args), "0755"),
      ...Object.fromEntries(sources),
    },
    validate: [{ argv: [SCRIPT, "check"] }, { argv: ["pdns_server", "--config=check"] }],
    services: {
      "pdns.service": {
        enabled: true,
        running: true,
        reloadOn: [NAMED, ...sources.map(([path]) => path)],
        restartOn: [CONFIG, DROP_IN, SCRIPT, `${files.SOURCES}/keys/`],
      },
    },
    health: args.addresses.flatMap((address) =>
      first === undefined
        ? []
        : [
            {
              kind: "command" as const,
              argv: [
                "sh",
                "-c",
                `dig +norec +time=1 +tries=1 @${shellWord(address)} ${shellWord(first.name)} SOA | grep -q 'status: NOERROR'`,
              ],
              timeout: 15,
            },
          ],
    ),
  };
}
