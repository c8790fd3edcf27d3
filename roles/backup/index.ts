/**
 * Where backups go: restic's rest-server, append-only, one a client, over TLS with a pinned certificate. A client that was
 * broken into can add to its repository, up to its share of the room, but neither delete from it nor see another's; nor can it
 * bring the target to forget what is in it (docs/decisions/047-kept-by-arrival.md).
 *
 * Somebody must prune. With `repositoryPasswords` the target does, every night; the price is that who owns the target can read
 * the mail in its backups. Without them nothing on the target can read anything, and nothing there is pruned.
 */
import { addressesOf, type HostSpec } from "../../site";
import type { RoleContext } from "../define";
import { defineRole, fromFacts } from "../derived";
import { type SecretRef, secretFile } from "../secrets";
import { BACKUP_DATA, backupPort, backupSecret, targetKey } from "../shared/backup";
import type { BackupTargetArgs } from "./args";
import { htpasswd, htpasswdFile, KEY, OPERATOR, repositoryPassword, STATE, USER } from "./files";
import { backupParts } from "./manifest";

export type { BackupSource, BackupTargetArgs } from "./args";

/** A secret that the target shares with each client, by the name of the client's data. */
const ofEach = ({ backupClients, dataSet, host }: RoleContext, use: "login" | "repository") =>
  Object.fromEntries(
    backupClients.map((client: HostSpec): [string, SecretRef] => [
      dataSet(client),
      backupSecret(dataSet(client), dataSet(host), use),
    ]),
  );

/** Whether the target may have the passwords of the repositories. */
const readable = ({ site }: RoleContext) => site.backups?.readableByTarget ?? true;

/**
 * A client's share of the room, in thousandths. Where mail is stored is where the data is: the others get 50 each, and never more
 * than half together.
 */
export function shareOf(clients: readonly HostSpec[], client: HostSpec): number {
  const large = ({ roles }: HostSpec) => roles.includes("mailstore");
  const [few, many] = [clients.filter(large), clients.filter((one) => !large(one))];
  if (few.length === 0) return Math.floor(1000 / clients.length);
  const small = Math.min(50, Math.floor(500 / many.length));
  return large(client) ? Math.floor((1000 - many.length * (many.length === 0 ? 0 : small)) / few.length) : small;
}

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
  listens: ({ port, clients }) =>
    clients.map((client) => ({
      port: backupPort(clients, client, port),
      to: ["backup-client"],
      from: clients.flatMap(({ addresses }) => addresses),
    })),
  data: [
    {
      path: BACKUP_DATA,
      what: "the repositories of all clients",
      backup: false,
      precious: false,
      loss: "the backups kept here; those at other targets remain",
    },
    {
      path: STATE,
      what: "when snapshots arrived, their sizes, what the operator said of them",
      backup: false,
      precious: false,
      loss: "what the operator said; the rest is found again",
    },
  ],
  secrets: {
    shape: { privateKey: "one", passwords: "many", repositoryPasswords: "many" },
    refs: fromFacts([], (context) => ({
      privateKey: targetKey(context.dataSet(context.host)),
      passwords: ofEach(context, "login"),
      // What the target shall not read it is not given.
      repositoryPasswords: readable(context) ? ofEach(context, "repository") : {},
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
        ...Object.fromEntries(
          Object.entries(passwords).map(([client, password]) => [
            htpasswdFile(client),
            secretFile([password], USER, (secret = "") => htpasswd(client, secret)),
          ]),
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
    {
      what: "works on repositories that stopped: a client that may be broken into, a check that found damage, a lock that stays",
      argv: [OPERATOR, "alarms"],
      normal: { most: 0 },
    },
  ],
  update: { by: "restart", notice: "a backup that runs fails and is made up for an hour later", twins: "in turn" },
  args: (context) => {
    const { site, backupClients, dataSet } = context;
    return {
      clients: backupClients.map((client) => ({
        name: dataSet(client),
        addresses: addressesOf([client]),
        share: shareOf(backupClients, client),
      })),
      ...(site.backups ? { keep: site.backups.keep, every: site.backups.every, minFree: site.backups.minFree } : {}),
      upkeep: readable(context),
    };
  },
  late: fromFacts(["targetCertificates"], ({ host }, { targetCertificates }) => ({
    certificate: targetCertificates[host.name] ?? "",
  })),
  manifest: backupParts,
});
