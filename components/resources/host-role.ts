/** The Pulumi face of `postfleet:host:Role`: one role on one host, see provider/manifest.ts. */
import * as pulumi from "@pulumi/pulumi";
import { FIELDS, type HostConnection, type Manifest } from "../../provider/manifest";
import { type OpenedMap, openedMap } from "./inputs";

/** Arguments of {@link HostRole}. Only `secretFiles` may carry secrets: a secret elsewhere would hide the whole diff. */
export interface HostRoleArgs {
  /** The host the role is on. */
  host: pulumi.Input<HostConnection>;
  /** What the role wants of the host, without secrets. */
  manifest: pulumi.Input<Manifest>;
  /** Secret files, added to those of the manifest. */
  secretFiles?: OpenedMap<{ content: pulumi.Input<string>; mode: string; owner: string; group: string }>;
}

/** One role on one host, observed, compared and changed as a whole. */
export class HostRole extends pulumi.CustomResource {
  /** Name of the role. */
  declare public readonly role: pulumi.Output<string>;

  constructor(name: string, args: HostRoleArgs, opts?: pulumi.CustomResourceOptions) {
    const secretFiles = openedMap(args.secretFiles ?? {}, (file) => ({
      ...file,
      content: pulumi.secret(file.content),
    }));
    const part = (name: keyof Manifest) => pulumi.output(args.manifest).apply((manifest) => manifest[name]);
    const parts = Object.fromEntries(FIELDS.map((name) => [name, part(name)]));
    super("postfleet:host:Role", name, { host: args.host, ...parts, secretFiles }, opts);
  }
}
