/** Zones at a real PowerDNS: its HTTP API takes what is written, and it answers it to real questions. */

import { ask } from "../../../../provider/dns/query";
import { type ZoneInputs, zoneHandler } from "../../../../provider/dns/zone";
import { describeInChroot } from "../../../support/chroot";
import { Stack } from "./engine";
import { API_KEY, type PowerDnsServer, startPowerDns } from "./powerdns-server";

jest.setTimeout(60_000);

const SPF = '"v=spf1 ip4:192.0.2.25 -all"';

describeInChroot("PowerDNS", () => {
  let server: PowerDnsServer;
  let stack: Stack;
  let apiKey: string;
  let url: string;
  let zone: string;
  let number = 0;

  beforeAll(async () => {
    server = await startPowerDns("example.org");
  });
  afterAll(() => server?.stop());

  beforeEach(() => {
    zone = `z${++number}.example`;
    server.util("create-zone", zone, `ns1.${zone}`);
    [apiKey, url] = [API_KEY, server.url];
    stack = new Stack(() =>
      zoneHandler({
        ovh: () => {
          throw new Error("OVH has nothing to do with this");
        },
        powerdns: () => ({ apiKey, url }),
        dns: { ask, authoritativeServers: async (name) => [{ name: `ns1.${name}`, addresses: [server.address] }] },
        polling: { everyMs: 50, limitMs: 3000 },
      }),
    );
  });

  const wanted = (more: ZoneInputs["records"] = {}): ZoneInputs => ({
    zone,
    backend: { kind: "powerdns", url: server.url },
    records: {
      [`${zone} MX`]: { values: [`10 mx1.${zone}.`] },
      [`${zone} TXT`]: { values: [SPF] },
      [`mx1.${zone} A`]: { ttl: 300, values: ["192.0.2.25"] },
      [`mx1.${zone} AAAA`]: { ttl: 300, values: ["2001:DB8:0:0:0:0:0:25"] },
      [`_25._tcp.mx1.${zone} TLSA`]: { values: [`3 1 1 ${"AB".repeat(32)}`] },
      [`${zone} CAA`]: { values: ['0 issue "letsencrypt.org; accounturi=https://ca.example/1"'] },
      [`_imaps._tcp.${zone} SRV`]: { values: [`0 1 993 mx1.${zone}.`] },
      [`s1._domainkey.${zone} TXT`]: { values: [`"v=DKIM1; p=${"A".repeat(240)}" "${"B".repeat(152)}"`] },
      ...more,
    },
  });
  const answer = async (name: string, type: string) => {
    const { records } = await ask(server.address, name, type);
    return records.map(({ ttl, data }) => `${ttl} ${data}`).sort();
  };

  test("every type is written, answered, and read back as the same", async () => {
    await stack.up(wanted());
    expect(await answer(zone, "MX")).toEqual([`3600 10 mx1.${zone}.`]);
    expect(await answer(`mx1.${zone}`, "AAAA")).toEqual(["300 2001:db8::25"]);
    const [key = ""] = await answer(`s1._domainkey.${zone}`, "TXT");
    expect(key.replace('" "', "")).toBe(`3600 "v=DKIM1; p=${"A".repeat(240)}${"B".repeat(152)}"`);
    expect(await stack.preview(wanted())).toEqual({});
    expect(stack.told).toEqual([]);
    expect(stack.state?.id).toBe(`powerdns/${zone}`);
  });

  test("drift is shown and mended; others keep their notes beside our SPF, and their records", async () => {
    await stack.up(wanted());
    server.util("add-record", zone, "@", "TXT", "3600", '"site-verification=abc"');
    server.util("add-record", zone, "www", "A", "3600", "203.0.113.80");
    server.util("delete-rrset", zone, "mx1", "AAAA");
    server.util("replace-rrset", zone, "mx1", "A", "60", "192.0.2.99");
    const changes = await stack.preview(wanted());
    expect(changes).toEqual({
      [`records["mx1.${zone} A"].ttl`]: "update",
      [`records["mx1.${zone} A"].values`]: "update",
      [`records["mx1.${zone} AAAA"]`]: "add",
    });
    expect(stack.told.join()).toContain("- 192.0.2.99\n      + 192.0.2.25");
    await stack.up(wanted({ [`${zone} TXT`]: { values: ['"v=spf1 -all"'] } }));
    expect(await answer(zone, "TXT")).toEqual(['3600 "site-verification=abc"', '3600 "v=spf1 -all"']);
    expect(await answer(`mx1.${zone}`, "A")).toEqual(["300 192.0.2.25"]);
    await stack.destroy();
    expect(await answer(zone, "TXT")).toEqual(['3600 "site-verification=abc"']);
    expect(await answer(`www.${zone}`, "A")).toEqual(["3600 203.0.113.80"]);
    expect(await answer(zone, "MX")).toEqual([]);
    expect(await answer(zone, "NS")).toEqual([`3600 ns1.${zone}.`]);
  });

  test("a CNAME becomes an A in one call", async () => {
    const name = `mail.${zone}`;
    await stack.up(wanted({ [`${name} CNAME`]: { values: [`mx1.${zone}.`] } }));
    await stack.up(wanted({ [`${name} A`]: { values: ["192.0.2.26"] } }));
    expect(await answer(name, "A")).toEqual(["3600 192.0.2.26"]);
  });

  test("a foreign MX is refused with both values, and replaced where the program says so", async () => {
    server.util("add-record", zone, "@", "MX", "600", "5 mx.example.com.");
    await expect(stack.preview(wanted())).rejects.toThrow(
      `wanted: ${zone} 3600 MX 10 mx1.${zone}.\n    found:  ${zone} 600 MX 5 mx.example.com.`,
    );
    await stack.up({ ...wanted(), takeOver: [`${zone} MX`] });
    expect(await answer(zone, "MX")).toEqual([`3600 10 mx1.${zone}.`]);
  });

  test("a zone that is not there is refused in preview, with those that are; a wrong key is named as such", async () => {
    const missing = { ...wanted(), zone: "exmple.org", records: {} };
    const refused = await stack.preview(missing).catch((error) => error);
    expect(refused.message).toContain(`has no zone exmple.org; `);
    expect(refused.message).toContain("example.org");
    apiKey = "another";
    const denied = await stack.preview(wanted()).catch((error) => error);
    expect(denied.message).toContain("401");
    expect(denied.hint).toContain("postfleet:powerdns");
    expect(`${denied.message}${denied.hint}`).not.toContain("another");
  });

  test("a secondary is refused: it would not take the change", async () => {
    server.util("set-kind", zone, "secondary");
    await expect(stack.preview(wanted())).rejects.toThrow(/as a (Slave|Secondary)/);
  });

  test("a server that is not up yet: the preview says so and goes on, the update fails", async () => {
    url = "http://127.0.0.1:9";
    const early = { ...wanted(), backend: { kind: "powerdns" as const, url: "http://127.0.0.1:9" } };
    await stack.preview(early);
    expect(stack.warned.join()).toContain("http://127.0.0.1:9 does not answer");
    await expect(stack.up(early)).rejects.toThrow("does not answer");
  });
});
