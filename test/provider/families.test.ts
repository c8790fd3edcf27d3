/** Every kind of resource is found, and its code is loaded when it is asked for. */
import { families } from "../../provider/families";

const mockLoaded: string[] = [];
jest.mock("../../provider/ovh", () => {
  mockLoaded.push("ovh");
  return jest.requireActual("../../provider/ovh");
});
jest.mock("../../provider/host", () => {
  mockLoaded.push("host");
  return jest.requireActual("../../provider/host");
});
jest.mock("../../provider/dns/zone", () => {
  mockLoaded.push("zone");
  return jest.requireActual("../../provider/dns/zone");
});

const settings = { identity: {}, hosts: {}, ovh: undefined, powerdns: undefined };
const closing: (() => Promise<void>)[] = [];
const all = () =>
  families(
    () => settings,
    (close) => closing.push(close),
  );

test("nothing is loaded before it is asked for, and no more than what was asked for", async () => {
  const made = all();
  expect(mockLoaded).toEqual([]);
  made["postfleet:dns:Seen"]?.();
  expect(mockLoaded).toEqual([]);
  made["postfleet:host:Role"]?.();
  expect([mockLoaded, closing.length]).toEqual([["host"], 1]);
  await closing[0]?.();
});

test("each type has one handler, the same at every call", () => {
  const made = all();
  const types = Object.values(made).flatMap((load) => Object.keys(load()));
  expect(types.sort()).toEqual(
    [
      ...["acme:Account", "dkim:Key", "dns:Seen", "dns:Zone", "host:Role", "ssh:HostKey", "tls:Key", "wireguard:Key"],
      ...["AdditionalIp", "BackupStorage", "IpFirewall", "Monitoring", "NasShare", "ObjectStorage"].map(
        (t) => `ovh:${t}`,
      ),
      ...["ReverseName", "ServerInstall", "VpsRebuild", "Vrack"].map((t) => `ovh:${t}`),
    ]
      .map((type) => `postfleet:${type}`)
      .sort(),
  );
  const ovh = made["postfleet:ovh"];
  expect(ovh?.()).toBe(ovh?.());
});

test("configuration that is not JSON is refused when it is needed, without its text", () => {
  const made = families(
    () => ({ ...settings, powerdns: "secret-of-powerdns" }),
    () => {},
  );
  expect(() => made["postfleet:dns:Zone"]?.()).toThrow(/"powerdns" is not JSON/);
  expect(() => made["postfleet:dns:Zone"]?.()).not.toThrow(/secret-of-powerdns/);
});
