/** What the relay wants of its host, put together from its files. */
import { instanceParts } from "../shared/postfix";
import { holdStep } from "../shared/suspended";
import { type RelayArgs, relaySettings, verifiesOthers } from "./args";
import { mainCf } from "./main-cf";
import { mtaStsParts } from "./mta-sts";
import { aliases, heldSendersTable, hostNames, mailboxDomains, mailboxes, masterCf, transports } from "./tables";

/** The instance postfix@relay, and MTA-STS where it verifies others. */
export function relayParts(args: RelayArgs) {
  const s = relaySettings(args);
  const parts = instanceParts("relay", {
    "main.cf": mainCf(s),
    "master.cf": masterCf(s),
    aliases: aliases(s),
    mailboxes: mailboxes(s),
    mailbox_domains: mailboxDomains(s),
    host_names: hostNames(s),
    transport: transports(s),
    held_senders: heldSendersTable(s),
  });
  const sts = verifiesOthers(s) ? mtaStsParts() : { files: {}, services: {}, health: [] };
  return {
    ...parts,
    files: { ...parts.files, ...sts.files },
    prepare: [...parts.prepare, holdStep("relay", "held_senders")],
    services: { ...sts.services, ...parts.services },
    health: [{ kind: "tcp" as const, address: "127.0.0.1", port: s.port, expect: "220", timeout: 30 }, ...sts.health],
  };
}
