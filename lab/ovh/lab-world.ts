/** The world of the lab: PowerDNS and the storage on ovh1, servers that are hosts, addresses that really move. */
import { randomBytes } from "node:crypto";
import { readJson, writeAtomically } from "../../system/files";
import { attempt, run } from "../../system/run";
import { hasDisk, stop } from "../machines";
import { STORAGE, STORAGE_ACCESS, STORAGE_RULES, storageAccess, storageRules } from "../ovh1";
import { reverseZoneFile } from "../ovh1/zones";
import { machineName, OVH_HOST, OVH_SERVERS, RESOLVER } from "../plan";
import { onHost } from "../ssh";
import { locked, statePath } from "../state";
import { hostOf, reverseZone } from "./lab-account";
import { bootServer, installServer } from "./lab-servers";
import type { State } from "./state";
import type { Installation, Publication, StorageAccess, World } from "./world";

/** Seconds to wait for another command of the lab before a server is touched. */
const PATIENCE = 300;

/** Passwords of the storage's accounts by service; OVH sends them by mail. */
export const storagePasswordsFile = (): string => statePath("ovh", "storage-passwords.json");

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Account of a server's storage: the first label of its name. */
const accountOf = (service: string): string => hostOf(service).name;

export class LabWorld implements World {
  /** Accesses by service, as far as they were told since the start. */
  private readonly storages = new Map<string, StorageAccess[]>();

  private async load(zone: string, text: string, after = ""): Promise<void> {
    const name = quoted(zone);
    const script = `set -e; file=$(mktemp); trap 'rm -f "$file"' EXIT; cat > "$file"
pdnsutil load-zone ${name} "$file" 2>&1
${after}pdns_control purge ${quoted(`${zone}$`)} >/dev/null`;
    await onHost(OVH_HOST, script, { input: text });
  }

  async publish({ zone, text, signed }: Publication): Promise<void> {
    const name = quoted(zone);
    const hasKeys = `pdnsutil list-keys ${name} 2>/dev/null | grep -Eq ' (CSK|KSK|ZSK) '`;
    const secure = `${hasKeys} || pdnsutil secure-zone ${name} 2>&1
pdnsutil set-publish-cds ${name} 2 2>&1
pdnsutil rectify-zone ${name} 2>&1
`;
    await this.load(zone, text, signed ? secure : `if ${hasKeys}; then pdnsutil disable-dnssec ${name} 2>&1; fi\n`);
  }

  async resolves(name: string, address: string): Promise<boolean> {
    const type = address.includes(":") ? "AAAA" : "A";
    const found = await attempt(["dig", `@${RESOLVER.ipv4}`, "+short", "+time=2", "+tries=2", name, type]);
    if (found.status !== 0) throw new Error(found.stdout.trim());
    return found.stdout.split("\n").includes(address);
  }

  async reverse(address: string, name: string | undefined): Promise<void> {
    const zone = reverseZone(address);
    await this.load(zone, reverseZoneFile(zone, name));
  }

  async reinstall(server: string, installation: Installation): Promise<void> {
    await locked(() => installServer(hostOf(server), installation), PATIENCE);
  }

  async reboot(server: string, boot: "harddisk" | "rescue"): Promise<void> {
    if (boot === "rescue") throw new Error("the lab has no rescue system");
    const host = hostOf(server);
    if (!hasDisk(host)) throw new Error(`${server} has no system to boot; reinstall it first`);
    await locked(async () => {
      await stop(host, "orderly");
      await bootServer(host);
    }, PATIENCE);
  }

  async moveAddress(block: string, _from: string | undefined, to: string | undefined): Promise<void> {
    const target = to === undefined ? undefined : hostOf(to);
    for (const host of OVH_SERVERS.filter((other) => other !== target)) {
      await attempt(["ip", "-n", machineName(host), "address", "delete", block, "dev", "eth0"]);
    }
    if (!target) return;
    const inside = ["ip", "netns", "exec", machineName(target)];
    await run(["ip", "-n", machineName(target), "address", "replace", block, "dev", "eth0"]);
    // Setting the link's address, be it to what it is, makes the kernel tell all neighbours who has the address now.
    await run([...inside, "sysctl", "-q", "-w", "net.ipv4.conf.eth0.arp_notify=1"]);
    const mac = (await run([...inside, "cat", "/sys/class/net/eth0/address"])).trim();
    await run(["ip", "-n", machineName(target), "link", "set", "eth0", "address", mac]);
  }

  /** Makes real what was real before the fake ended; zones are published by the fake itself. */
  async restore(state: State): Promise<void> {
    for (const { block, type, routedTo, reverse } of Object.values(state.ips)) {
      if (type === "additional") await this.moveAddress(block, undefined, routedTo);
      for (const [address, name] of Object.entries(reverse)) await this.reverse(address, name);
    }
    for (const { name, backupStorage } of Object.values(state.servers)) {
      if (backupStorage) await this.openStorage(name, backupStorage.accesses);
    }
  }

  async openStorage(server: string, accesses: StorageAccess[]): Promise<void> {
    this.storages.set(server, accesses);
    const account = accountOf(server);
    const password = await this.password(account);
    const setup = `set -e
id -u ${account} >/dev/null 2>&1 || useradd --gid storage --no-create-home --shell /usr/sbin/nologin ${account}
chpasswd
install -d -m 0755 ${STORAGE}/${account}
install -d -m 0700 -o ${account} -g storage ${STORAGE}/${account}/data
`;
    await onHost(OVH_HOST, setup, { input: `${account}:${password}\n` });
    await this.applyStorage();
  }

  async destroyStorage(server: string): Promise<void> {
    this.storages.delete(server);
    const account = accountOf(server);
    await this.applyStorage();
    await onHost(OVH_HOST, `userdel ${account} 2>/dev/null; rm -rf ${STORAGE}/${account}`);
  }

  private async password(account: string): Promise<string> {
    const all = readJson<Record<string, string>>(storagePasswordsFile()) ?? {};
    all[account] ??= randomBytes(12).toString("base64url");
    writeAtomically(storagePasswordsFile(), `${JSON.stringify(all, null, 2)}\n`, 0o600);
    return all[account];
  }

  /** The storage speaks SFTP in the place of FTP; there is no kernel NFS here, nor a CIFS server. */
  private async applyStorage(): Promise<void> {
    const open = [...this.storages].flatMap(([service, accesses]) =>
      accesses.filter(({ ftp }) => ftp).map(({ ipBlock }) => ({ account: accountOf(service), ipBlock })),
    );
    const rules = storageRules([...new Set(open.map(({ ipBlock }) => ipBlock))]);
    await onHost(OVH_HOST, `cat > ${STORAGE_ACCESS}`, { input: storageAccess(open) });
    await onHost(OVH_HOST, `cat > ${STORAGE_RULES} && nft -f /etc/nftables.conf`, { input: rules });
  }
}
