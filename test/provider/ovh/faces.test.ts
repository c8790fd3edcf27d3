/** The Pulumi faces of the servers, under mocks: what is registered, and how. */
import * as pulumi from "@pulumi/pulumi";
import { BackupStorage, ServerInstall, VpsRebuild } from "../../../components/ovh/servers";
import { PostfleetProvider } from "../../../components/resources/keys";
import { secret } from "../../../provider/values";

const registered = new Map<string, Record<string, unknown>>();

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      registered.set(type, inputs);
      return { id: name, state: inputs };
    },
    call: () => ({}),
  });
});

const made = (resource: pulumi.Resource): Promise<unknown> => new Promise((resolve) => resource.urn.apply(resolve));
/** The SDK keeps the option under this name, for parents to hand on. */
const isProtected = (resource: pulumi.Resource): unknown => Reflect.get(resource, "__protect");

test("installations are protected unless the program says otherwise, and the host key is a secret", async () => {
  const args = { service: "ns1", image: "debian13_64", hostKey: "PEM" };
  const [server, vps] = [new ServerInstall("a", args), new VpsRebuild("b", { service: "vps1", image: "Debian 13" })];
  expect([server, vps].map(isProtected)).toEqual([true, true]);
  expect(isProtected(new ServerInstall("c", args, { protect: false }))).toBe(false);
  await made(server);
  expect(registered.get("postfleet:ovh:ServerInstall")).toEqual({ ...args, hostKey: secret("PEM") });
});

test("access is handed on as it is, and the credentials as one secret text", async () => {
  const args = { service: "ns1", access: [{ ipBlock: "192.0.2.1/32", nfs: true }] };
  await made(new BackupStorage("a", args));
  expect(registered.get("postfleet:ovh:BackupStorage")).toEqual(args);
  const ovh = { endpoint: "ovh-eu", consumerKey: "ck" };
  await made(new PostfleetProvider("p", { ovh }));
  expect(registered.get("pulumi:providers:postfleet")?.ovh).toEqual(secret(JSON.stringify(ovh)));
});
