/** A role on one host, as a Pulumi component: made from the role's declaration, so that no role brings one of its own. */
import * as pulumi from "@pulumi/pulumi";
import type { HostConnection, Manifest } from "../provider/manifest";
import type { Role } from "../roles/define";
import type { SecretFile, SecretShape, Secrets } from "../roles/secrets";
import { HostRole } from "./resources/host-role";
import { type InputsOf, type OpenedMap, openedMap } from "./resources/inputs";

/** Secret files of a role by path; each is made of secrets that are not known before they are made. */
export type SecretFiles = OpenedMap<SecretFile<pulumi.Input<string>>>;

/** What a role's component is made from. */
export interface RoleComponentArgs {
  host: pulumi.Input<HostConnection>;
  manifest: pulumi.Input<Manifest>;
  /** Asked with the component, which is the parent of secrets that belong to this instance alone. */
  secretFiles(parent: pulumi.Resource): SecretFiles;
}

/** One role on one host. */
export class RoleComponent extends pulumi.ComponentResource {
  /** The role on the host. */
  public readonly role: HostRole;

  constructor(component: string, name: string, args: RoleComponentArgs, opts?: pulumi.ComponentResourceOptions) {
    super(`postfleet:mail:${component}`, name, {}, opts);
    const { host, manifest } = args;
    const secretFiles = openedMap(args.secretFiles(this), ({ of, content, ...file }) => ({
      ...file,
      content: pulumi.all([...of]).apply((secrets) => content(...secrets)),
    }));
    this.role = new HostRole(name, { host, manifest, secretFiles }, { parent: this });
    this.registerOutputs({ role: this.role });
  }
}

/** Arguments of a role as its own component takes them: each may be an output of another resource. */
export type RoleArgs<Args, Shape extends SecretShape> = InputsOf<Args> &
  Secrets<Shape, pulumi.Input<string>> & { host: pulumi.Input<HostConnection> };

/**
 * The component class of one role, with the role's own arguments and secrets. Its constructor throws when secrets are missing:
 * all of them at once, and before anything is registered.
 */
export function componentOf<Args extends object, Late extends keyof Args, Shape extends SecretShape>(
  role: Role<Args, Late, Shape>,
) {
  const shape: SecretShape = role.secrets?.shape ?? {};
  return class extends RoleComponent {
    constructor(name: string, given: RoleArgs<Args, Shape>, opts?: pulumi.ComponentResourceOptions) {
      const { host, ...rest } = given;
      const of = (wanted: boolean) =>
        Object.fromEntries(Object.entries(rest).filter(([key]) => key in shape === wanted));
      const secrets = of(true) as Secrets<Shape, pulumi.Input<string>>;
      refuseMissing(`${role.component} ${name}`, shape, secrets);
      const plain = of(false);
      const args = pulumi.output(plain).apply((known) => known as Args);
      const filesFor = (known: Args) => role.secrets?.files(secrets, known) ?? {};
      // Where nothing has to be waited for, what the arguments ask for in vain is said here, too.
      const secretFiles = hasOutputs(plain) ? args.apply(filesFor) : filesFor(plain as Args);
      const manifest = args.apply((known) => role.manifest(known));
      super(role.component, name, { host, manifest, secretFiles: () => secretFiles }, opts);
    }
  };
}

/** Whether anything in a value is known later only. */
const hasOutputs = (value: unknown): boolean =>
  pulumi.Output.isInstance(value) ||
  value instanceof Promise ||
  (typeof value === "object" && value !== null && Object.values(value).some(hasOutputs));

function refuseMissing(whose: string, shape: SecretShape, given: Readonly<Record<string, unknown>>): void {
  const missing = Object.entries(shape).flatMap(([name, kind]) => {
    const value = given[name];
    if (value === undefined || value === null) return kind === "maybe" ? [] : [name];
    if (kind !== "many") return [];
    return Object.entries(value).flatMap(([key, each]) => (each === undefined ? [`${name}.${key}`] : []));
  });
  if (missing.length > 0)
    throw new Error(
      `${whose}: secrets are missing: ${missing.join(", ")}\n` +
        "hint: give each as a secret output, e.g. of a random.RandomPassword or of config.requireSecret",
    );
}
