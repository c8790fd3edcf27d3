/** Reading a site file: YAML, schema, rules; all problems at once, and nothing is contacted. */
import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { buildSite } from "./build";
import { checksOf } from "./checks";
import type { Check } from "./checks/checked";
import { KnownHosts } from "./known-hosts";
import { ownFiles } from "./own-files";
import { type Problem, Problems, SiteFileError } from "./problems";
import type { RoleRule } from "./roles";
import { refusePrivateKeys } from "./schema/secrets";
import { type SiteDraft, siteSchema } from "./schema/site";
import type { SiteSpec } from "./types";
import { parseYamlFile } from "./yaml";
import type { YamlDocument } from "./yaml/node";

/** What came of a file. */
export interface SiteReading {
  /** The specification; absent when there is an error. */
  site?: SiteSpec;
  /** Errors and warnings in the order of the file. */
  problems: Problem[];
  /** The file itself cannot be read: its one problem says why. */
  unreadable?: true;
}

/** Whoever reads a site file brings along what this room does not know. */
export interface Knowledge {
  /** The roles that there are. */
  roles: readonly RoleRule[];
  /** Rules about what a site comes to. They are asked where nothing else is wrong. */
  ofPlan: readonly Check[];
}

/** MiB of a site file, and of each file that it names: a site of 100 000 mailboxes stays below a third of it. */
const MOST_MIB = 32;

/** The bytes of a file that is not too large for what it should be. */
function readWhole(file: string): Buffer {
  const { size } = statSync(file);
  if (size > MOST_MIB * 2 ** 20) throw Object.assign(new Error(`it has ${size} bytes`), { code: "EFBIG" });
  return readFileSync(file);
}

/** Reads a site file. Throws {@link SiteFileError} with all problems when one of them is an error. */
export function loadSite(file: string, knowledge: Knowledge): SiteSpec {
  const { site, problems } = readSite(file, knowledge);
  if (site === undefined) throw new SiteFileError(file, problems);
  return site;
}

/** Reads a site file and the files it names; does not throw. */
export function readSite(file: string, { roles, ofPlan }: Knowledge): SiteReading {
  let bytes: Buffer;
  try {
    bytes = readWhole(file);
  } catch (error) {
    return { problems: [unreadable(file, error as NodeJS.ErrnoException)], unreadable: true };
  }
  const document = parseYamlFile(bytes);
  const problems = new Problems(file, document);
  for (const { offset, firstAt, ...fault } of document.faults) {
    const first = firstAt === undefined ? "" : `, first in line ${document.place(firstAt).line}`;
    problems.addAt(file, document.place(offset), [], { ...fault, message: `${fault.message}${first}` });
  }
  refusePrivateKeys(bytes.toString("utf8"), problems);

  const draft = readDraft(document, problems);
  let site: SiteSpec | undefined;
  if (draft !== undefined) {
    const directory = dirname(resolve(file));
    const refused = problems.sorted().map(({ path }) => path);
    site = buildSite(draft, pinnedKeys(draft, directory, problems), ownFiles(draft, directory, problems), roles);
    const checked = { draft, site, problems, roles, refused, directory };
    for (const check of checksOf(roles)) check.run(checked);
    if (!problems.refuse) for (const check of ofPlan) check.run(checked);
  }
  return { ...(!problems.refuse && { site }), problems: problems.sorted() };
}

function readDraft(document: YamlDocument, problems: Problems): SiteDraft | undefined {
  const { root, faults } = document;
  if (root === undefined || (root.kind === "scalar" && root.value === null)) {
    if (faults.length === 0) {
      const hint = "begin with `site: NAME`; docs/site-file.md shows a whole file";
      problems.add([], { message: "the file is empty", given: "(nothing)", allowed: siteSchema.allowed, hint });
    }
    return undefined;
  }
  return siteSchema.read(root, [], problems);
}

/** Host keys from the `ssh.knownHosts` file, by name of the host. */
function pinnedKeys(draft: SiteDraft, directory: string, problems: Problems): Map<string, string[]> {
  const name = draft.ssh.knownHosts;
  if (name === undefined) return new Map();
  const path = resolve(directory, name);
  let known: KnownHosts;
  try {
    known = new KnownHosts(readWhole(path).toString("utf8"));
  } catch (error) {
    problems.add(["ssh", "knownHosts"], {
      message: `the file of pinned host keys cannot be read: ${(error as NodeJS.ErrnoException).code}`,
      allowed: "a file in OpenSSH's known_hosts format, relative to the site file",
      hint: "make it with `ssh-keyscan -t ed25519 HOST >> FILE`, and compare the fingerprints on the hosts' consoles",
    });
    // One missing file is one problem, not one for every host.
    return new Map((draft.hosts ?? []).map(({ key }) => [key, [""]]));
  }
  for (const { line, message, hint } of known.faults) {
    const place = { line, column: 1 };
    problems.addAt(path, place, ["ssh", "knownHosts"], {
      message,
      allowed: "NAMES TYPE KEY",
      hint,
      severity: "warning",
    });
  }
  return new Map(
    (draft.hosts ?? []).map(({ key, value: host }) => {
      const first = draft.domains?.[0]?.key;
      const hostname = host.hostname ?? (first === undefined ? undefined : `${key}.${first}`);
      const names = [host.address, host.address6, hostname, key].filter((alias) => alias !== undefined);
      return [key, known.keysOf(names, host.sshPort)];
    }),
  );
}

function unreadable(file: string, error: NodeJS.ErrnoException): Problem {
  const reasons: Record<string, string> = {
    ENOENT: "there is no such file",
    EISDIR: "it is a directory",
    EACCES: "permission denied",
    EFBIG: `${error.message}; a site file has ${MOST_MIB} MiB at most`,
  };
  return {
    file,
    line: 1,
    column: 1,
    path: "",
    message: `the site file cannot be read: ${reasons[error.code ?? ""] ?? error.message}`,
    allowed: "a YAML file, e.g. stacks/<stack>.yaml",
    hint: "check the name and the directory",
    severity: "error",
  };
}
