/** Records what a component asks the engine for. It proves inputs only; whether a host agrees, the scenarios show. */
import * as pulumi from "@pulumi/pulumi";
import type { HostConnection } from "../../../provider/manifest";

export interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

export const HOST: HostConnection = { name: "mail1", address: "192.0.2.1", port: 22, user: "root", hostKeys: ["k"] };

/** Resources in the order of their registration. */
export async function registered(
  make: () => pulumi.ComponentResource,
): Promise<{ list: Registered[]; urns: string[] }> {
  const list: Registered[] = [];
  await pulumi.runtime.setMocks({
    newResource: (args) => {
      list.push({ type: args.type, name: args.name, inputs: args.inputs as Record<string, unknown> });
      return { id: args.name, state: args.inputs };
    },
    call: () => ({}),
  });
  const component = make() as pulumi.ComponentResource & { role: pulumi.CustomResource };
  const urns = await new Promise<string[]>((resolve) =>
    pulumi.all([component.urn, component.role.urn]).apply((found) => resolve(found)),
  );
  return { list, urns };
}

/** Everything of the inputs but the secret files, as text: no secret may be found there. */
export const openInputs = (resource: Registered | undefined) => {
  const { secretFiles: _, ...open } = resource?.inputs ?? {};
  return JSON.stringify(open);
};

/** Paths and contents of the secret files, out of the engine's wrapping for secrets. */
export function secretFiles(resource: Registered | undefined): Record<string, string> {
  const unwrap = (value: unknown): unknown =>
    typeof value === "object" && value !== null && "value" in value ? unwrap(value.value) : value;
  const files = unwrap(resource?.inputs.secretFiles) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(files).map(([path, file]) => [
      path,
      unwrap((unwrap(file) as { content: unknown }).content) as string,
    ]),
  );
}
