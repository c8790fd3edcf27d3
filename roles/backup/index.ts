/**
 * Where backups go: restic's rest-server, append-only, one private repository a client, over TLS with a pinned certificate.
 * A client that was broken into can add to its repository but neither delete from it nor see another's.
 *
 * Somebody must prune. With `repositoryPasswords` the target does, every night: simple, and a broken client still cannot
 * destroy anything; the price is that who owns the target can read the mail in its backups. Without them nothing on the
 * target can read anything, and the operator prunes from elsewhere.
 */
import { addressesOf, type HostSpec } from "../../site";
import type { RoleContext } from "../define";
import { defineRole, fromFacts } from "../derived";
import { type SecretRef, secretFile } from "../secrets";
import { BACKUP_DATA, backupSecret, targetKey } from "../shared/backup";
import { PORTS } from "../shared/paths";
import type { BackupTargetArgs } from "./args";
import { HTPASSWD, htpasswd, KEY, repositoryPassword, USER } from "./files";
import { backupParts } from "./manifest";

export type { BackupTargetArgs } from "./args";

/** A secret that the target shares with each client, by the name of the client's data. */
const ofEach = ({ backupClients, dataSet, host }: RoleContext, use: "login" | "repository") =>
  Object.fromEntries(
    backupClients.map((client: HostSpec): [string, SecretRef] => [
      dataSet(client),
      backupSecret(dataSet(client), dataSet(host), use),
    ]),
  );

export const backup = defineRole<
  BackupTargetArgs,
  "certificate",
  { privateKey: "one"; passwords: "many"; repositoryPasswords: "many" }
>({
  name: "backup",
  component: "BackupTarget",
  summary: "backups of other hosts: encrypted, append-only, 7 daily, 4 weekly and 12 monthly by default",
  software: "restic, rest-server",
  needs: [],
  hosts: { several: true, twins: "each its own" },
  packages: () => ["restic", "restic-rest-server"],
  listens: ({ port = PORTS.restServer, clients }) => [
    { port, to: ["backup-client"], from: clients.flatMap(({ addresses }) => addresses) },
  ],
  data: [
    {
      path: BACKUP_DATA,
      what: "the repositories of all clients",
      backup: false,
      precious: false,
      loss: "the backups kept here; those at other targets remain",
    },
  ],
  secrets: {
    shape: { privateKey: "one", passwords: "many", repositoryPasswords: "many" },
    refs: fromFacts([], (context) => ({
      privateKey: targetKey(context.dataSet(context.host)),
      passwords: ofEach(context, "login"),
      repositoryPasswords: ofEach(context, "repository"),
    })),
    files: ({ privateKey, passwords, repositoryPasswords }, { upkeep = true }) => {
      const clients = Object.keys(passwords);
      const closed = clients.filter((client) => upkeep && !(client in repositoryPasswords));
      if (closed.length > 0)
        throw new Error(
          `backup target: upkeep needs the password of every repository, and that of ${closed.join(", ")} is missing\n` +
            "hint: give it in repositoryPasswords, or say `upkeep: false` and prune from elsewhere",
        );
      return {
        [KEY]: secretFile([privateKey], USER),
        [HTPASSWD]: secretFile(Object.values(passwords), USER, (...all) =>
          htpasswd(Object.fromEntries(clients.map((client, index) => [client, all[index] ?? ""]))),
        ),
        ...Object.fromEntries(
          Object.entries(repositoryPasswords).map(([client, password]) => [
            repositoryPassword(client),
            secretFile([password]),
          ]),
        ),
      };
    },
  },
  watch: [
    {
      what: "free space for backups in percent",
      argv: ["sh", "-c", `df --output=pcent ${BACKUP_DATA} | tail -n 1 | tr -dc 0-9 | awk '{ print 100 - $1 }'`],
      normal: { least: 15 },
    },
  ],
  update: { by: "restart", notice: "a backup that runs fails and is made up for an hour later", twins: "in turn" },
  args: ({ site, backupClients, dataSet }) => ({
    clients: backupClients.map((client) => ({ name: dataSet(client), addresses: addressesOf([client]) })),
    ...(site.backups ? { keep: site.backups.keep } : {}),
    upkeep: backupClients.length > 0,
  }),
  late: fromFacts(["targetCertificates"], ({ host }, { targetCertificates }) => ({
    certificate: targetCertificates[host.name] ?? "",
  })),
  manifest: backupParts,
});
