/** Hosts that answer from memory, for tests of what is made of their answers; test/provider/host asks real agents. */
import {
  type ApplyResult,
  HostKeyMismatch,
  HostUnreachable,
  type Observation,
  type PathFact,
  type RemoveResult,
  sha256,
} from "../../../provider/host";
import {
  type FileSpec,
  type HostConnection,
  type Manifest,
  manifest,
  type RoleInputs,
} from "../../../provider/manifest";
import type { Hosts } from "../../../provider/role/handler";
import type { ValueMap } from "../../../provider/values";

export const HOST: HostConnection = {
  name: "mail1",
  address: "192.0.2.1",
  port: 22,
  user: "root",
  hostKeys: ["ssh-ed25519 AAAA"],
};

export const textFile = (content: string, mode = "0644"): FileSpec => ({ content, mode, owner: "root", group: "root" });

/** A role with one of each. */
export function mx(parts: Partial<Manifest> = {}): RoleInputs {
  return {
    host: HOST,
    ...manifest("mx", {
      packages: { postfix: "present" },
      directories: { "/etc/postfix-mx": { mode: "0755", owner: "root", group: "root" } },
      files: { "/etc/postfix-mx/main.cf": textFile("a = 1\nb = 2\n") },
      secretFiles: { "/etc/key": textFile("hush-hush\n", "0600") },
      links: { "/etc/link": "target" },
      sysctl: { "net.ipv4.ip_forward": "1" },
      services: {
        "postfix@mx.service": { enabled: true, running: true, reloadOn: ["/etc/postfix-mx/"], restartOn: [] },
      },
      ...parts,
    }),
  };
}

/** Inputs and outputs as the engine passes them. */
export const values = (inputs: RoleInputs): ValueMap => JSON.parse(JSON.stringify(inputs)) as ValueMap;

const pathFact = (file: FileSpec): PathFact => ({
  kind: "file",
  mode: file.mode,
  owner: file.owner,
  group: file.group,
  sha256: sha256(file.content),
  content: file.content,
});

/** What a host shows on which everything is as wanted. */
export function conforming(wanted: Manifest): Observation {
  const map = <T, U>(of: Record<string, T>, to: (value: T) => U) =>
    Object.fromEntries(Object.entries(of).map(([name, value]) => [name, to(value)])) as Record<string, U>;
  return {
    packages: map(wanted.packages, () => "3.10.5-1"),
    brokenPackages: [],
    users: map(wanted.users, (user) => ({ ...user, uid: 990, group: "own" })),
    directories: map(wanted.directories, (directory) => ({ kind: "directory", ...directory })),
    files: map(wanted.files, pathFact),
    secretFiles: map(wanted.secretFiles, (file) => ({ ...pathFact(file), content: undefined })),
    links: map(wanted.links, (target) => ({ kind: "link", target })),
    removed: map(wanted.removed, () => null),
    sysctl: map(wanted.sysctl, (value) => ({ value, persisted: value })),
    services: map(wanted.services, ({ enabled, running }) => ({
      ...{ load: "loaded", enabled, running, masked: false, failed: false },
      ...{ active: "active", sub: "running", result: "success" },
    })),
    creates: {},
    applied: true,
    earlier: null,
    unfinished: [],
    undeclared: null,
  };
}

/** One host, or many that look alike. `calls` are the acts, as "apply mail1 mx". */
export class FakeHosts implements Hosts {
  readonly calls: string[] = [];
  /** What is on the host; undefined: as it was applied, else as asked. */
  live: ((seen: Observation) => void) | undefined;
  down = false;
  /** Address that does not answer. */
  unreachable: string | undefined;
  /** Pinned key that is not the host's any more. */
  mismatch: string | undefined;
  role: Manifest | undefined;

  async observe(host: HostConnection, wanted: Manifest): Promise<Observation> {
    this.act("observe", host, wanted.role);
    const seen = conforming(this.role ?? wanted);
    this.live?.(seen);
    return seen;
  }

  async apply(host: HostConnection, wanted: Manifest): Promise<ApplyResult> {
    this.act("apply", host, wanted.role);
    this.role = wanted;
    return {
      ...{ changed: true, reconnected: false, users: [], paths: [], sysctl: [], commands: [], services: {} },
      ...{ packages: { installed: [], upgraded: [], removed: [], heldBack: [] }, warnings: [], seconds: {} },
    };
  }

  async remove(host: HostConnection, wanted: Manifest): Promise<RemoveResult> {
    this.act("remove", host, wanted.role);
    return { services: {}, removed: [], restored: [], kept: [], packages: [], warnings: [] };
  }

  async recorded(host: HostConnection, role: string): Promise<Manifest> {
    this.act("recorded", host, role);
    const { host: _, ...known } = mx();
    return { ...known, secretFiles: { "/etc/key": textFile("(content of SHA-256 …)", "0600") } };
  }

  private act(what: string, host: HostConnection, role: string): void {
    this.calls.push(`${what} ${host.name} ${role}`);
    if (this.mismatch !== undefined && host.hostKeys.includes(this.mismatch)) {
      throw new HostKeyMismatch(host.name, "192.0.2.1:22 shows another host key", "was it reinstalled?", [], undefined);
    }
    if (this.down || host.address === this.unreachable)
      throw new HostUnreachable(host.name, "no SSH connection to 192.0.2.1:22", "is it on?");
  }
}
