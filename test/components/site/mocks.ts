/** The whole site under Pulumi mocks: what would be registered, with parents and dependencies. Inputs only, no reality. */
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { Site, type SiteArgs } from "../../../components/site";
import { loadSite } from "../../../plan";
import type { RoleInputs } from "../../../provider/manifest";
import { selfSigned } from "../../../roles/backup/certificate";
import { folderWith, hostKeyLine } from "../../site/fixture";

/** One resource as the engine would see it. */
export interface Registered {
  type: string;
  name: string;
  parent: string;
  /** Names of the resources that must be there before. */
  dependencies: string[];
  inputs: Record<string, unknown>;
}

/** The lab's site file, as it stands in the repository. */
export const LAB_YAML = readFileSync(join(__dirname, "..", "..", "..", "stacks", "lab.yaml"), "utf8");

/** Every secret that the mocks gave away: name of the resource -> secret. */
export const secrets = new Map<string, string>();

function privateKey(algorithm: unknown): string {
  const pair =
    algorithm === "rsa"
      ? generateKeyPairSync("rsa", { modulusLength: 2048 })
      : algorithm === "ed25519"
        ? generateKeyPairSync("ed25519")
        : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Keeps a secret under a name for the tests, and gives it back. */
type KeyOf = (name: string, value: string) => string;

/** A ring in the middle of a rotation: all phases at once, the second key at work. */
function ringOf(type: string, name: string, { prefix = "k", algorithm }: Record<string, unknown>, of: KeyOf) {
  const since = "2026-01-01T00:00:00.000Z";
  const hex = Buffer.from(name).toString("hex").padEnd(64, "0").slice(0, 64);
  const publicKey = (n: number) => (type === "postfleet:tls:Key" ? `${hex.slice(0, 63)}${n}` : `UFVCTElD${n}`);
  const phases = ["retired", "active", "next", ...(type === "postfleet:dkim:Key" ? ["revoked"] : [])];
  const keys = phases.map((phase, index) => ({
    ...{ selector: `${prefix}${(index + 1) % 4}`, phase, since },
    publicKey: publicKey(index + 1),
  }));
  const privateKeys = Object.fromEntries(
    [1, 2, 3].map((n) => [`${prefix}${n}`, of(`${name}-${prefix}${n}`, privateKey(algorithm))]),
  );
  const active = `${prefix}2`;
  return { keys, active, held: [`${prefix}1`, active], privateKeyPem: privateKeys[active], privateKeys };
}

/** What a provider answers for a resource of that type. */
function outputsOf(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  const keep: KeyOf = (of, value) => {
    secrets.set(of, value);
    return value;
  };
  const secret = (value: string) => keep(name, value);
  const given = `secret${secrets.size}-${name.replace(/[^a-z0-9]/g, "")}`;
  switch (type) {
    case "random:index/randomPassword:RandomPassword":
      return { ...inputs, result: secret(given), bcryptHash: `$2a$10$${given}` };
    case "postfleet:dkim:Key":
    case "postfleet:tls:Key":
      return {
        ...inputs,
        ...ringOf(type, name, inputs, keep),
      };
    case "postfleet:ssh:HostKey":
      return { ...inputs, privateKeyPem: secret(given), publicKey: `ssh-ed25519 ${given}` };
    case "postfleet:wireguard:Key":
      return { ...inputs, privateKey: secret(given), publicKey: Buffer.from(name.padEnd(32, "-")).toString("base64") };
    case "postfleet:ovh:ServerInstall":
      return {
        ...inputs,
        ...{ address: "192.0.2.99", os: inputs.image, hostKeys: [`ssh-ed25519 key-of-${name}`] },
        ...(inputs.reinstall === undefined ? {} : { installedAt: `${inputs.reinstall}T10:00:00Z`, taskId: 7 }),
      };
    case "postfleet:acme:Account":
      return { ...inputs, accountKeyPem: secret(given), accountUri: "https://ca.example/acct/7" };
    default:
      return inputs;
  }
}

/** `urn:pulumi:stack::project::a$b::name` -> `name`. */
const nameOf = (urn: string) => urn.split("::").slice(3).join("::");

/** Declares a site and answers all that it registered. The text is a site file, beside it known hosts and a CA. */
export async function declareSite(yaml: string, more: Partial<SiteArgs> = {}): Promise<Registered[]> {
  const hosts = [...yaml.matchAll(/\baddress: ([0-9.]+)/g)].map(([, address]) => `${address} ${hostKeyLine()}\n`);
  const file = folderWith({
    "lab.yaml": yaml,
    "lab.known_hosts": hosts.join(""),
    "lab.ca.pem": selfSigned(privateKey("ed25519"), ["ca.example"]),
  });
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => ({ id: name, state: outputsOf(type, name, inputs) }),
    call: () => ({}),
  });
  const monitor = MockMonitor.prototype;
  const real = monitor.registerResource;
  // The mocks' own arguments have neither parent nor dependencies; the request to the engine has both.
  const spy = jest.spyOn(monitor, "registerResource").mockImplementation(function (
    this: MockMonitor,
    request: RegisterResourceRequest,
    callback: Parameters<MockMonitor["registerResource"]>[1],
  ) {
    registered.push({
      type: request.getType(),
      name: request.getName(),
      parent: nameOf(request.getParent()),
      dependencies: request.getDependenciesList().map(nameOf),
      inputs: pulumi.runtime.deserializeProperties(request.getObject() ?? new Struct()),
    });
    return real.call(this, request, callback);
  });
  try {
    new Site("site", { site: loadSite(file), directory: dirname(file), ...more });
  } finally {
    await pulumi.runtime.disconnect(); // after everything is registered
    spy.mockRestore();
  }
  return registered;
}

/** Values without the engine's wrapping of secrets. */
export function revealed(value: unknown): unknown {
  if (pulumi.runtime.isRpcSecret(value)) return revealed(pulumi.runtime.unwrapRpcSecret(value));
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, revealed(each)]));
}

/** The roles among them: `mx-mail1` -> its inputs, secrets revealed. */
export function rolesIn(registered: Registered[]): Map<string, RoleInputs> {
  return new Map(
    registered
      .filter(({ type }) => type === "postfleet:host:Role")
      .map(({ name, inputs }) => [name, revealed(inputs) as RoleInputs]),
  );
}
