/**
 * What one role wants of one host: the inputs of `postfleet:host:Role`.
 *
 * A manifest is data, so that a reviewer sees structure in the diff and not a script. Every map is keyed by the name of
 * the thing on the host (path, unit, package), so that a preview names exactly what changes.
 */

/** How a host is reached. Host keys are pinned: a host that shows another key is refused. */
export interface HostConnection {
  /** Name of the host in the site file, for messages. */
  name: string;
  /** Address to connect to: IPv4, IPv6 or a name. */
  address: string;
  /** TCP port of sshd. */
  port: number;
  /** User to log in as: root, or one that may `sudo -n`. */
  user: string;
  /** Pinned public host keys, as `ssh-ed25519 AAAA…` (one line of /etc/ssh/ssh_host_*_key.pub without the comment). */
  hostKeys: string[];
  /** Host to go through first (ProxyJump), when the host is not reachable directly. */
  jump?: HostConnection;
  /** When it was installed, where we install it: a new installation means that every role is applied again. */
  installed?: string;
  /** The host is gone for good: it is not contacted any more, and its roles are removed from the state only. */
  lost?: boolean;
}

/** A regular file on the host. */
export interface FileSpec {
  content: string;
  /** Permissions as four octal digits, e.g. "0644". */
  mode: string;
  owner: string;
  group: string;
}

/** A directory on the host. It is created and kept so; removed with the role only when it is empty. */
export interface DirectorySpec {
  mode: string;
  owner: string;
  group: string;
}

/** A system user (or group of the same name) that a role needs and no package brings. Never removed: files may belong to it. */
export interface UserSpec {
  home: string;
  shell: string;
  /** Further groups that the user belongs to. */
  groups: string[];
  /** Fixed numeric id, where several hosts share files. */
  uid?: number;
}

/** A systemd unit (service, socket, timer, path, mount). */
export interface ServiceSpec {
  enabled: boolean;
  running: boolean;
  /** Paths of this manifest whose change reloads the unit; a trailing `/` means everything below. */
  reloadOn: string[];
  /** Paths whose change restarts it. A restart wins over a reload. */
  restartOn: string[];
  /** Masked units cannot be started by anything; used for daemons that a package brings and the role must not run. */
  masked?: boolean;
}

/** Something on the host that nobody declared, and that may be there. */
export interface AllowedSpec {
  /** Kind and name, as previews show it. */
  what: string;
  /** The reason, for whoever meets it later. */
  why: string;
  /** When it is over: a day, or a minute in UTC. */
  until: string;
}

/** A command run on the host as root, never through a shell. */
export interface CommandSpec {
  argv: string[];
  /** Paths of this manifest whose change makes it run; a trailing `/` means everything below. Empty: at every change of the role. */
  onChange: string[];
  /** It also runs when this path does not exist on the host. */
  creates?: string;
}

/** A command that must pass before any unit is reloaded. */
export interface ValidateSpec {
  argv: string[];
  /** Any output on standard error counts as a failure: `postfix check` exits 0 on an unknown parameter. */
  stderrFails?: boolean;
}

/** A probe that must pass after reload or restart; it is repeated until it passes or `timeout` is over. */
export type HealthProbe =
  /** A TCP service that greets: `expect` is a prefix of the first line ("220 ", "* OK", "+OK"). TLS from the start where `tls`. */
  | { kind: "tcp"; address: string; port: number; expect?: string; tls?: boolean; timeout: number }
  /** An HTTP(S) request to this host; certificates are not verified here. */
  | { kind: "http"; url: string; status: number; timeout: number }
  /** A command that exits 0. */
  | { kind: "command"; argv: string[]; timeout: number }
  /** A unit that is active and stays so. Running services of the manifest are probed without being named here. */
  | { kind: "unit"; unit: string; timeout: number };

/** Everything one role wants of one host. */
export interface Manifest {
  /** Name of the role, unique on the host: "mx". */
  role: string;
  /** Debian packages by name: "present", or an exact version. */
  packages: Record<string, string>;
  /**
   * Packages that later roles of this host will want: installed in the same run of apt, which is much faster than one run
   * a role. They belong to the later roles: no diff, no claim.
   */
  packagesAhead: string[];
  users: Record<string, UserSpec>;
  directories: Record<string, DirectorySpec>;
  files: Record<string, FileSpec>;
  /** Files whose content is secret: compared by hash, never printed. */
  secretFiles: Record<string, FileSpec>;
  /** Symbolic links: path -> target. */
  links: Record<string, string>;
  /** Files and links that must not be there: path -> why. What is there is kept aside, see agent/originals.py. */
  removed: Record<string, string>;
  /** Kernel settings that hold now and after a reboot: "net.ipv4.ip_forward" -> "1". */
  sysctl: Record<string, string>;
  /** Commands run in this order after the files are in place and before `validate`. */
  prepare: CommandSpec[];
  validate: ValidateSpec[];
  /** Started, reloaded and restarted in this order. */
  services: Record<string, ServiceSpec>;
  health: HealthProbe[];
  /** Paths that hold mail, databases or keys: deleting the role never touches them, nor anything below. */
  keep: string[];
  /** What nobody declared on the host, and previews need not show. It changes nothing there: no diff, no claim. */
  allowed: AllowedSpec[];
}

/** The inputs of the resource `postfleet:host:Role`. */
export interface RoleInputs extends Manifest {
  host: HostConnection;
}

/** The role that stands on every host. It is the one that is asked what nobody declared there. */
export const BASE_ROLE = "host";

/** A manifest with nothing in it; roles state only what they want. */
export function manifest(role: string, parts: Partial<Omit<Manifest, "role">>): Manifest {
  return {
    role,
    packages: {},
    packagesAhead: [],
    users: {},
    directories: {},
    files: {},
    secretFiles: {},
    links: {},
    removed: {},
    sysctl: {},
    prepare: [],
    validate: [],
    services: {},
    health: [],
    keep: [],
    allowed: [],
    ...parts,
  };
}

/** Lists that nothing on the host follows from by itself. */
const UNCLAIMED = ["packagesAhead", "allowed"] as const;
const unclaimed = new Set<string>(UNCLAIMED);

type NamesOf<Kind> = { [Name in keyof Manifest]: Manifest[Name] extends Kind ? Name : never }[keyof Manifest];

/** Fields that map names of things to what they have to be. */
export type MapName = Exclude<NamesOf<object>, NamesOf<readonly unknown[]>>;
/** Fields that only say how to apply, in an order. */
export type ListName = Exclude<NamesOf<readonly unknown[]>, (typeof UNCLAIMED)[number]>;

const EMPTY = manifest("", {});

/** All fields of a manifest, in their order: what the wire carries and the agent reads (see `test/provider/fields.test.ts`). */
export const FIELDS = Object.keys(EMPTY) as (keyof Manifest)[];
export const MAPS = FIELDS.filter((name) => name !== "role" && !Array.isArray(EMPTY[name])) as MapName[];
export const LISTS = FIELDS.filter((name) => !unclaimed.has(name) && Array.isArray(EMPTY[name])) as ListName[];
