/** The face of a zone: records of one zone in the form that the provider takes. */

import { recordsByZone, zoneRecords } from "../../../components/resources/zone";
import { checkZone } from "../../../provider/dns/zone/check";
import type { DnsRecord } from "../../../roles/shared/records";

const record = (zone: string | undefined, name: string, type: DnsRecord["type"], ...values: string[]): DnsRecord => ({
  ...(zone ? { zone } : {}),
  ...{ name, type, ttl: 300, values, why: "because", rfc: "RFC 1035", level: "required" },
});

test("only the sets of this zone, by name and type, without the reasons", () => {
  const records = [
    record("example.org", "example.org", "MX", "10 mx1.example.org."),
    record("example.net", "example.net", "MX", "10 mx1.example.org."),
    record(undefined, "example.com", "TXT", '"x"'),
    record("example.org", "mx1.example.org", "A", "192.0.2.25"),
  ];
  const found = zoneRecords(records, "example.org");
  expect(found).toEqual({
    "example.org MX": { ttl: 300, values: ["10 mx1.example.org."] },
    "mx1.example.org A": { ttl: 300, values: ["192.0.2.25"] },
  });
  expect([...recordsByZone(records).keys()]).toEqual(["example.org", "example.net"]);
  expect(zoneRecords(records, "example.com")).toEqual({});
  expect(checkZone({ zone: "example.org", backend: { kind: "ovh" }, records: found })).toEqual([]);
});
