/** What follows from the declaration of a role, so that no role says it twice. */
import { type Manifest, manifest } from "../provider/manifest";
import { comment } from "../quote/config";
import { type RoleName, type RoleRule, ROLES as WRITABLE } from "../site";
import type {
  AnyRole,
  FactName,
  Facts,
  FromFacts,
  Listener,
  PlatformRole,
  Role,
  RoleContext,
  RoleDeclaration,
} from "./define";
import type { NoSecrets, SecretShape } from "./secrets";
import { file, firewallService } from "./shared/entries";
import { acceptFrom } from "./shared/net";
import { BACKUP_DIRECTORY, NFTABLES_DIRECTORY, owned, RENEW_DIRECTORY } from "./shared/paths";

/** A role with all that follows from its declaration. */
export function defineRole<Args extends object, Late extends keyof Args = never, Shape extends SecretShape = NoSecrets>(
  declaration: RoleDeclaration<Args, Late, Shape>,
): Role<Args, Late, Shape> {
  const { needs, impliedBy = [], hosts } = declaration;
  const name = writable(declaration.name);
  const rule: RoleRule | undefined = name && {
    name,
    needs: needs.flatMap(({ role, why, optional }) => {
      const needed = writable(role);
      return needed && !optional ? [{ role: needed, why }] : [];
    }),
    impliedBy,
    several: hosts.several,
    names: (site) => declaration.names?.(site) ?? [],
  };
  return { ...declaration, manifest: (args) => wholeManifest(declaration, args), ...(rule ? { rule } : {}) };
}

/** What follows from a role's place and from the facts that are named here; others cannot be read, as nobody waits for them. */
export const fromFacts = <F extends FactName, T>(
  facts: readonly F[],
  make: (context: RoleContext, known: Pick<Facts, NoInfer<F>>) => T,
): FromFacts<T> => ({ facts, make });

/** The name, where a site file may write it. */
const writable = (role: PlatformRole): RoleName | undefined => WRITABLE.find((written) => written === role);

/** Whether a host with the role has something on it that no rebuild brings back. */
export const isPrecious = ({ data }: AnyRole): boolean => data.some(({ precious }) => precious);

function wholeManifest<Args extends object, Late extends keyof Args, Shape extends SecretShape>(
  role: RoleDeclaration<Args, Late, Shape>,
  args: Args,
): Manifest {
  const own = role.manifest(args);
  const dropIn = `${NFTABLES_DIRECTORY}/${role.name}.nft`;
  const rules = role.firewallIsBase ? "" : nftables(role.listens(args));
  const saved = role.data.filter(({ backup }) => backup).map(({ path }) => path);
  const line = (directory: string, lines: readonly string[]) =>
    lines.length > 0 ? { [`${directory}/${role.name}`]: file(`${owned(role.name)}${lines.join("\n")}\n`) } : {};
  return manifest(role.name, {
    ...own,
    packages: Object.fromEntries(role.packages(args).map((name) => [name, "present"])),
    files: {
      ...own.files,
      ...(rules === "" ? {} : { [dropIn]: file(owned(role.name) + rules) }),
      ...line(RENEW_DIRECTORY, role.tlsUnit === undefined ? [] : [role.tlsUnit]),
      ...line(BACKUP_DIRECTORY, saved),
    },
    services: { ...(rules === "" ? {} : firewallService(dropIn)), ...own.services },
    keep: [...role.data.map(({ path }) => path), ...(own.keep ?? [])],
  });
}

const noteLine = (note: string | undefined) => (note === undefined ? "" : `# ${comment(note)}\n`);

/** Rules of a drop-in, nft(8): what is open to everybody in one line a protocol, then what is not. */
export function nftables(listeners: readonly Listener[]): string {
  const world = (protocol: "udp" | "tcp") => {
    const ports = listeners.filter(({ to, protocol: own = "tcp" }) => to === "world" && own === protocol);
    const [first, ...others] = ports.map(({ port }) => port);
    if (first === undefined) return "";
    return `${ports.map(({ note }) => noteLine(note)).join("")}${protocol} dport ${others.length > 0 ? `{ ${[first, ...others].join(", ")} }` : first} accept\n`;
  };
  const inner = listeners
    .filter(({ to }) => to !== "world")
    .map(({ from = [], port, protocol = "tcp", note }) => {
      const accepted = acceptFrom([...from], port, protocol);
      return accepted && noteLine(note) + accepted;
    });
  return world("udp") + world("tcp") + inner.join("");
}
