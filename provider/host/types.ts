/** What the host side of the provider answers: live facts, and the results of applies and removals. */

/** Hashes (SHA-256, hex) of contents the caller has already, by path: such contents are not sent again. */
export type KnownHashes = Record<string, string>;

/** A path that exists. `kind` says what stands there; only `file` has content. */
export interface PathFact {
  kind: "file" | "directory" | "link" | "other";
  /** Four octal digits. Absent for links. */
  mode?: string;
  owner?: string;
  group?: string;
  /** Target of a link. */
  target?: string;
  sha256?: string;
  /** Bytes. */
  size?: number;
  /** Content of a non-secret file whose hash is not among the known ones. */
  content?: string;
  /** Why there is no content although it is unknown: not UTF-8, larger than 1 MiB, or a file with a second name somewhere. */
  unshown?: "binary" | "large" | "linked";
  /** Why nobody looked, with kind `other`: a link that a service could have made is in the way. */
  why?: string;
}

/** A system user. */
export interface UserFact {
  uid: number;
  home: string;
  shell: string;
  /** Primary group. */
  group: string;
  /** Further groups. */
  groups: string[];
}

/** A kernel setting: what holds now, and what is written for the next boot. Null: no such setting, not written. */
export interface SysctlFact {
  value: string | null;
  persisted: string | null;
}

/** A systemd unit. */
export interface UnitFact {
  /** systemd's LoadState: "loaded", "not-found", "masked", … */
  load: string;
  /** Null: there is nothing to switch (static, generated, indirect units); take it as equal to whatever is wanted. */
  enabled: boolean | null;
  masked: boolean;
  running: boolean;
  failed: boolean;
  /** systemd's ActiveState and SubState. */
  active: string;
  sub: string;
  /** systemd's Result: "success", "exit-code", "oom-kill", … */
  result: string;
}

/** The end of an apply that its caller did not hear of, because the connection or the host went away. Told once an apply. */
export interface EarlierApply {
  id: string;
  role: string;
  /** Seconds since 1970. */
  finished: number;
  /** The host lost power, or the process was killed: the files were put back when the host was next observed. */
  interrupted?: boolean;
  /** Changed paths that were put back, with `interrupted`. */
  files?: string[];
  /** What could not be put back. */
  problems?: string[];
  /** It went on to this end after the connection was lost. */
  result?: ApplyReport;
  /** It failed after the connection was lost, and was rolled back. */
  error?: AgentError;
}

/** Something on the host, in a place that decides what it does, that neither Debian nor a role put there. */
export interface Undeclared {
  /** "file", "changed", "user", "key", "port", … */
  kind: string;
  /** A path, or the name of what it is: with the kind it stands for the thing. */
  name: string;
  /** What else there is to say of it; never a content. */
  detail: string;
}

/** Live facts of exactly what a manifest names. Null: it does not exist on the host. */
export interface Observation {
  /** Installed version. */
  packages: Record<string, string | null>;
  /** Packages that dpkg left half installed; the next apply mends them. */
  brokenPackages: string[];
  users: Record<string, UserFact | null>;
  directories: Record<string, PathFact | null>;
  files: Record<string, PathFact | null>;
  /** Never with content. */
  secretFiles: Record<string, PathFact | null>;
  links: Record<string, PathFact | null>;
  removed: Record<string, PathFact | null>;
  sysctl: Record<string, SysctlFact>;
  services: Record<string, UnitFact>;
  /** Paths named by `prepare[].creates`: whether they exist. */
  creates: Record<string, boolean>;
  /** Whether this role was applied on this host before. */
  applied: boolean;
  earlier: EarlierApply | null;
  /** What an apply that failed could not put back; it is tried again at each observation. */
  unfinished: string[];
  /** What nobody declared on this host, by name; null where it was not asked for (see `BASE_ROLE`). */
  undeclared: Undeclared[] | null;
}

/** What an apply did; everything empty when there was nothing to do. */
export interface ApplyReport {
  changed: boolean;
  packages: {
    installed: string[];
    upgraded: string[];
    removed: string[];
    /** Units that `packagesAhead` had enabled: they are disabled until a role that needs their package is applied. */
    heldBack: string[];
  };
  /** Users created or changed. */
  users: string[];
  /** Files, links and directories that were written, replaced or removed. */
  paths: string[];
  sysctl: string[];
  /** `prepare` commands that ran. */
  commands: string[][];
  services: Record<string, UnitAction>;
  /** What did not work, and need not be rolled back. */
  warnings: string[];
  /** Duration of the stages in seconds. */
  seconds: Record<string, number>;
}

export type UnitAction =
  | "started"
  | "stopped"
  | "restarted"
  | "reloaded"
  | "enabled"
  | "disabled"
  | "masked"
  | "unmasked";

/** Result of {@link HostPool.apply}. */
export interface ApplyResult extends ApplyReport {
  /** The connection was lost on the way; the apply went on, and this is its result. */
  reconnected: boolean;
}

/** Result of {@link HostPool.remove}. */
export interface RemoveResult {
  services: Record<string, UnitAction>;
  /** Files, links and empty directories that went. */
  removed: string[];
  /** Files that were there before the role, and are back. */
  restored: string[];
  /** Paths that stay: other roles claim them, or they hold data. */
  kept: string[];
  /** Packages removed (never purged): Postfleet had installed them and nobody else claims them. */
  packages: string[];
  warnings: string[];
}

/** A step of an apply or removal. */
export interface Progress {
  /** wait, recover, packages, users, files, prepare, units, health, rollback. */
  stage: string;
  message: string;
}

/** An expected failure as the agent sends it. */
export interface AgentError {
  kind: string;
  message: string;
  details: Record<string, unknown>;
}
