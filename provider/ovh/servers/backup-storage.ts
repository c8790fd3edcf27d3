/**
 * `postfleet:ovh:BackupStorage`: the storage that comes with a dedicated server, and who may use it by which protocol. It
 * is activated where it is not yet, and never deleted, which would destroy the backups. The access entries that it names
 * are its own, all others are left. /dedicated/server/{service}/features/backupFTP.
 */
import type { Changes, CheckFailure, Reporter, ResourceHandler } from "../../handler";
import { until } from "../../polling";
import { equal, hasUnknown, type Preview, UNKNOWN } from "../../values";
import { type OvhApi, orMissing, path } from "../api";
import { refused } from "../refused";
import type { BackupAccess, BackupStorageInputs, BackupStorageOutputs } from "./contract";
import type { Parts } from "./parts";
import { changed, serverTasks, settled, type TaskOwner } from "./settle";

const PROTOCOLS = ["ftp", "nfs", "cifs"] as const;
type Access = Required<BackupAccess>;
type Wanted = Preview<BackupStorageInputs>;
type Outputs = Preview<BackupStorageOutputs>;

interface Space {
  ftpBackupName: string;
  quota: { unit: string; value: number } | null;
  type: string;
}

const storageAt = (service: string): string => path`/dedicated/server/${service}/features/backupFTP`;
const accessAt = (service: string, block: string): string => `${storageAt(service)}/access/${path`${block}`}`;
const ownerOf = (service: string): TaskOwner => ({ ...serverTasks(service), what: `${service}: backup storage` });

/** Entries with every protocol said. */
const accessesIn = ({ access = [] }: Partial<Wanted>): Access[] =>
  (access as BackupAccess[]).map((entry) => ({
    ipBlock: entry.ipBlock,
    ftp: entry.ftp ?? false,
    nfs: entry.nfs ?? false,
    cifs: entry.cifs ?? false,
  }));

const protocolsOf = ({ ftp, nfs, cifs }: Access) => ({ ftp, nfs, cifs });

async function liveAccess(
  api: OvhApi,
  service: string,
  block: string,
): Promise<(Access & { isApplied: boolean }) | undefined> {
  return orMissing(api.get<Access & { isApplied: boolean }>(accessAt(service, block)));
}

const outputsOf = <Inputs extends Wanted>(news: Inputs, space: Space) => ({
  ...news,
  host: space.ftpBackupName,
  quota: space.quota ? `${space.quota.value} ${space.quota.unit}` : null,
  type: space.type,
});

export function backupStorageHandler(parts: Parts): ResourceHandler<BackupStorageInputs, BackupStorageOutputs> {
  /** The space, activated when it was not. */
  async function spaceOf(api: OvhApi, service: string, report: Reporter): Promise<Space> {
    const owner = ownerOf(service);
    await settled(api, owner, parts, report);
    const there = await orMissing(api.get<Space>(storageAt(service)));
    if (there) return there;
    await changed(api, owner, "activating it", () => api.post(storageAt(service)), parts, report);
    const made = await until(() => orMissing(api.get<Space>(storageAt(service))), parts.times.small);
    if (!made) throw refused(`${service}: the backup storage was activated but does not appear`, "run it again later");
    return made;
  }

  /** One entry made what it shall be; then OVH's servers are waited for. */
  async function granted(api: OvhApi, service: string, wanted: Access, report: Reporter): Promise<void> {
    const { ipBlock } = wanted;
    const is = await liveAccess(api, service, ipBlock);
    const owner = ownerOf(service);
    const body = { ipBlock, ...protocolsOf(wanted) };
    if (!is) {
      const ask = () => api.post<object>(`${storageAt(service)}/access`, body);
      await changed(api, owner, `access for ${ipBlock}`, ask, parts, report);
    } else if (!equal(protocolsOf(is), protocolsOf(wanted))) {
      await api.put(accessAt(service, ipBlock), protocolsOf(wanted));
    }
    const applied = await until(async () => {
      report.progress(`${service}: waiting until the access for ${ipBlock} is applied`);
      return (await liveAccess(api, service, ipBlock))?.isApplied ? true : undefined;
    }, parts.times.small);
    if (!applied) {
      throw refused(
        `${service}: the access for ${ipBlock} to the backup storage is not applied yet`,
        "run it again later",
      );
    }
  }

  async function withdrawn(api: OvhApi, service: string, entries: Access[], report: Reporter): Promise<void> {
    for (const { ipBlock } of entries) {
      if (!(await liveAccess(api, service, ipBlock))) continue;
      const ask = () => api.delete<object>(accessAt(service, ipBlock));
      await changed(api, ownerOf(service), `no more access for ${ipBlock}`, ask, parts, report);
    }
  }

  async function apply(news: Wanted, olds: Partial<Wanted>, report: Reporter): Promise<Outputs> {
    const api = parts.api();
    const { service } = news;
    const space = await spaceOf(api, service, report);
    const wanted = accessesIn(news);
    for (const entry of wanted) await granted(api, service, entry, report);
    const blocks = wanted.map(({ ipBlock }) => ipBlock);
    const gone = accessesIn(olds).filter(({ ipBlock }) => !blocks.includes(ipBlock));
    await withdrawn(api, service, gone, report);
    return outputsOf(news, space);
  }

  /** What OVH would refuse is refused here, as far as the space is there to ask; nothing is changed. */
  async function previewed(news: Wanted, report: Reporter): Promise<Outputs> {
    const unknown = { host: UNKNOWN, quota: UNKNOWN, type: UNKNOWN } as const;
    if (hasUnknown(news)) return { ...news, ...unknown };
    const api = parts.api();
    const { service } = news;
    const space = await orMissing(api.get<Space>(storageAt(service)));
    if (!space) {
      const server = await orMissing(api.get(path`/dedicated/server/${service}`));
      if (!server) throw refused(`the account has no dedicated server "${service}"`, "see GET /dedicated/server");
      report.info(`${service}: its backup storage is activated`);
      return { ...news, ...unknown };
    }
    const allowed = await orMissing(api.get<string[]>(`${storageAt(service)}/authorizableBlocks`));
    const wanted = accessesIn(news).map(({ ipBlock }) => ipBlock);
    const there = await Promise.all(wanted.map((block) => liveAccess(api, service, block)));
    const strangers = wanted.filter((block, i) => allowed && !there[i] && !allowed.includes(block));
    if (strangers.length > 0) {
      throw refused(
        `access: ${strangers.join(", ")} cannot be given access to the backup storage of ${service}`,
        `only addresses of OVH can: ${allowed?.join(", ")}`,
      );
    }
    return outputsOf(news, space);
  }

  return {
    refreshBeforeUpdate: true,
    secretOutputs: [],
    check: (_urn, news) => problemsOf(news),
    diff: (state, news): Changes => diffOf(state.inputs, news),
    create: async (_urn, news, preview, report) => ({
      id: news.service,
      outputs: preview ? await previewed(news, report) : await apply(news, {}, report),
    }),
    read: async (state) => {
      const api = parts.api();
      const space = await orMissing(api.get<Space>(storageAt(state.id)));
      if (!space) return undefined;
      const isImport = state.inputs.service === undefined;
      const blocks = isImport
        ? await api.get<string[]>(`${storageAt(state.id)}/access`)
        : accessesIn(state.inputs).map(({ ipBlock }) => ipBlock);
      const found = await Promise.all(blocks.map((block) => liveAccess(api, state.id, block)));
      const access = found
        .filter((entry) => entry !== undefined)
        .map((entry) => ({ ipBlock: entry.ipBlock, ...protocolsOf(entry) }));
      const inputs: BackupStorageInputs = { service: state.id, access };
      return { id: state.id, inputs, outputs: outputsOf(inputs, space) };
    },
    update: (state, news, preview, report) => (preview ? previewed(news, report) : apply(news, state.outputs, report)),
    delete: async (state, report) => {
      report.info(
        `${state.id}: the backup storage stays, with all that it holds; only the access that was given is withdrawn`,
      );
      const api = parts.api();
      await settled(api, ownerOf(state.id), parts, report);
      await withdrawn(api, state.id, accessesIn(state.outputs), report);
    },
  };
}

function problemsOf(news: Wanted): CheckFailure[] {
  const failures: CheckFailure[] =
    typeof news.service === "string" ? [] : [{ property: "service", reason: "is missing" }];
  if (news.access === UNKNOWN) return failures;
  if (!Array.isArray(news.access)) return [...failures, { property: "access", reason: "a list is wanted" }];
  const blocks: unknown[] = [];
  for (const [i, entry] of (news.access as Preview<BackupAccess>[]).entries()) {
    const { ipBlock } = entry;
    if (ipBlock === UNKNOWN) continue;
    const fail = (name: string, reason: string) => failures.push({ property: `access[${i}].${name}`, reason });
    if (typeof ipBlock !== "string" || !/^[0-9a-fA-F.:]+\/\d+$/.test(ipBlock)) {
      fail("ipBlock", `is ${JSON.stringify(ipBlock)}; a block is wanted, as "192.0.2.1/32"`);
    } else if (blocks.includes(ipBlock)) fail("ipBlock", `"${ipBlock}" is there twice`);
    blocks.push(ipBlock);
    if (!PROTOCOLS.some((name) => entry[name] === true || entry[name] === UNKNOWN)) {
      fail("ftp", "one of ftp, nfs and cifs must be true");
    }
  }
  return failures;
}

/** By block, so that one that is added in the middle is one change. */
function diffOf(was: BackupStorageInputs, news: Wanted): Changes {
  const changes: Changes = was.service === news.service ? {} : { service: "update-replace" };
  if (hasUnknown(news.access)) return { ...changes, access: "update" };
  const [before, after] = [accessesIn(was), accessesIn(news)];
  for (const [i, entry] of after.entries()) {
    const old = before.find(({ ipBlock }) => ipBlock === entry.ipBlock);
    if (!old) changes[`access[${i}]`] = "add";
    else for (const name of PROTOCOLS) if (old[name] !== entry[name]) changes[`access[${i}].${name}`] = "update";
  }
  for (const [i, { ipBlock }] of before.entries()) {
    if (after.some((entry) => entry.ipBlock === ipBlock)) continue;
    changes[`access[${i}]`] = `access[${i}]` in changes ? "update" : "delete";
  }
  return changes;
}
