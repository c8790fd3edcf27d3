/** What the components of the roles have in common: arguments that may be outputs, and one `host:Role` made from them. */
import * as pulumi from "@pulumi/pulumi";
import type { HostConnection, Manifest } from "../../provider/manifest";
import { HostRole, type HostRoleArgs } from "./host-role";
import type { InputsOf } from "./inputs";

/** Arguments of a role as its component takes them. */
export type RoleArgs<A> = InputsOf<A> & {
  /** The host. */
  host: pulumi.Input<HostConnection>;
};

/** One role on one host. */
export abstract class RoleComponent extends pulumi.ComponentResource {
  /** The role on the host. */
  public readonly role: HostRole;

  constructor(type: string, name: string, args: HostRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super(type, name, {}, opts);
    this.role = new HostRole(name, args, { parent: this });
    this.registerOutputs({ role: this.role });
  }
}

/** The manifest that a pure function makes, once all its arguments are known. */
export function manifestOf<A>(make: (args: A) => Manifest, args: InputsOf<A>): pulumi.Output<Manifest> {
  return pulumi.output(args).apply((plain) => make(plain as A));
}
