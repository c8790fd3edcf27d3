/** Pulumi mocks that record what was declared. They prove inputs, never reality. */
import * as pulumi from "@pulumi/pulumi";

export interface Declared {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

export const declared: Declared[] = [];

pulumi.runtime.setMocks({
  newResource: (args) => {
    declared.push({ type: args.type, name: args.name, inputs: args.inputs });
    return { id: args.name, state: args.inputs };
  },
  call: (args) => args.inputs,
});

/** Everything declared so far, after all of it is settled. */
export async function settled(urn: pulumi.Output<string>): Promise<{ urn: string; declared: Declared[] }> {
  const value = await new Promise<string>((resolve) => urn.apply(resolve));
  return { urn: value, declared };
}

export const host = {
  name: "mail1",
  address: "192.0.2.11",
  port: 22,
  user: "root",
  hostKeys: ["ssh-ed25519 AAAA"],
};
