/** What the link wants of a host, put together from its files. */
import { directory, file, running } from "../shared/entries";
import { LINK_INTERFACE } from "../shared/link";
import { dropInPath } from "../shared/sandbox";
import { KEY_DIRECTORY, LINK_FILE, type LinkArgs, PROGRAM_DIRECTORY } from "./args";
import { configuration, reloadDropIn, SYNC, syncProgram } from "./files";

const UNIT = `wg-quick@${LINK_INTERFACE}.service`;
const DROP_IN = dropInPath(UNIT);

/** Everything but the keys, which are secret. */
export function linkParts(args: LinkArgs) {
  return {
    directories: {
      [KEY_DIRECTORY]: directory("0700"),
      "/usr/local/lib/postfleet": directory(),
      [PROGRAM_DIRECTORY]: directory(),
    },
    files: {
      [LINK_FILE]: file(configuration(args), "0600"),
      [SYNC]: file(syncProgram(), "0755"),
      [DROP_IN]: file(reloadDropIn()),
    },
    prepare: [{ argv: ["systemctl", "daemon-reload"], onChange: [DROP_IN] }],
    validate: [{ argv: ["wg-quick", "strip", LINK_INTERFACE] }],
    services: {
      // Never restarted: what goes through it would be cut off. A reload brings everything that may change.
      [UNIT]: running({ reload: [LINK_FILE, `${KEY_DIRECTORY}/`, SYNC] }),
    },
    // Not whether the peers answer: in a first update they come up at the same time, and one that is down is no fault of this host.
    health: [{ kind: "command" as const, argv: ["wg", "show", LINK_INTERFACE, "listen-port"], timeout: 10 }],
  };
}
