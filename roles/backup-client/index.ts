/** Backups of one host: restic, encrypted before it leaves the host, to one target or several. */
import { hostsWith } from "../../site";
import type { RoleContext } from "../define";
import { defineRole, fromFacts, isPrecious } from "../derived";
import { type SecretRef, secretFile } from "../secrets";
import { backupPort, backupSecret } from "../shared/backup";
import type { BackupClientArgs } from "./args";
import { environment, environmentFile, STATUS } from "./files";
import { backupClientParts } from "./manifest";

export type { BackupClientArgs, BackupDestination } from "./args";

/** A secret that the client shares with each target. */
const atEach = ({ backupTargets, dataSet, host }: RoleContext, use: "login" | "repository") =>
  Object.fromEntries(
    backupTargets.map((target): [string, SecretRef] => [
      target.name,
      backupSecret(dataSet(host), dataSet(target), use),
    ]),
  );

export const backupClient = defineRole<
  BackupClientArgs,
  "certificates",
  { passwords: "many"; repositoryPasswords: "many" }
>({
  name: "backup-client",
  component: "BackupClient",
  summary: "sends what no rebuild brings back to every backup target",
  software: "restic",
  needs: [
    { role: "backup", why: "that is where backups go" },
    { role: "mailstore", why: "it says what to back up", optional: true },
    { role: "nameserver", why: "it says what to back up", optional: true },
  ],
  implied: ({ site, roles }) =>
    site.backups !== undefined && hostsWith(site, "backup").length > 0 && roles.some(isPrecious),
  hosts: { several: true, twins: "each its own" },
  packages: () => ["restic"],
  listens: () => [],
  data: [],
  secrets: {
    shape: { passwords: "many", repositoryPasswords: "many" },
    refs: fromFacts([], (context) => ({
      passwords: atEach(context, "login"),
      repositoryPasswords: atEach(context, "repository"),
    })),
    files: ({ passwords, repositoryPasswords }, { client, targets }) => {
      const missing: string[] = [];
      const files = targets.flatMap((target) => {
        const [login, repository] = [passwords[target.name], repositoryPasswords[target.name]];
        if (login === undefined) missing.push(`the target ${target.name} has no login`);
        if (repository === undefined) missing.push(`the target ${target.name} has no password of a repository`);
        if (login === undefined || repository === undefined) return [];
        const content = (password = "", key = "") => environment(client, target, password, key);
        return [[environmentFile(target.name), secretFile([login, repository], "root", content)] as const];
      });
      if (missing.length > 0)
        throw new Error(
          `backup client ${client}: ${missing.join("; ")}\n` +
            "hint: targets, passwords and repositoryPasswords name the same targets",
        );
      return Object.fromEntries(files);
    },
  },
  watch: [
    {
      what: "minutes since the last backup that succeeded, at the target where it is longest ago",
      argv: [
        "python3",
        "-c",
        `import datetime, json
times = [datetime.datetime.fromisoformat(each.get("lastSuccess", "1970-01-01T00:00:00+00:00")) for each in json.load(open("${STATUS}")).values()]
print(int((datetime.datetime.now(datetime.timezone.utc) - min(times)).total_seconds() // 60))`,
      ],
      normal: { most: 1440 },
    },
  ],
  update: { by: "restart", notice: "nothing", twins: "at once" },
  args: ({ site, host, dataSet, backupClients, backupTargets }) => ({
    client: dataSet(host),
    targets: backupTargets.map(({ name, address }) => ({
      name,
      address,
      // A lost host has none: nobody waits for it any more.
      ...(backupClients.includes(host) ? { port: backupPort(backupClients, host) } : {}),
    })),
    ...(site.backups ? { every: site.backups.every } : {}),
  }),
  late: fromFacts(["targetCertificates"], (_, { targetCertificates }) => ({ certificates: targetCertificates })),
  manifest: backupClientParts,
});
