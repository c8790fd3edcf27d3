/** Entries of a manifest as nearly every role writes them: root's, readable by everybody. */
import type { DirectorySpec, FileSpec, ServiceSpec } from "../../provider/manifest";

/** A file of root's. What only a daemon may read gets the mode 0640 and the daemon's group. */
export function file(content: string, mode = "0644", group = "root"): FileSpec {
  return { content, mode, owner: "root", group };
}

/** A directory, by default root's. */
export function directory(mode = "0755", owner = "root"): DirectorySpec {
  return { mode, owner, group: owner };
}

/** A unit that is enabled and runs; paths whose change reloads or restarts it. */
export function running(on: { reload?: string[]; restart?: string[] } = {}): ServiceSpec {
  return { enabled: true, running: true, reloadOn: on.reload ?? [], restartOn: on.restart ?? [] };
}

/** The firewall, reloaded when the role's own drop-in changes. */
export function firewallService(dropIn: string): Record<string, ServiceSpec> {
  return { "nftables.service": running({ reload: [dropIn] }) };
}
