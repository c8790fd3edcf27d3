/** PowerDNS' API key goes to the server that it is for, and to no other: not by a site file, and not by a redirect. */
import { createServer, type Server } from "node:http";
import { backendFor } from "../../../../provider/dns/zone";
import { keyFor } from "../../../../provider/dns/zone/backends/powerdns-key";
import { listening } from "../../../support/loopback";

const NS = "https://ns1.example.org:8081";

describe("the key for a server", () => {
  test.each([
    ["the same address", NS],
    ["a path below it", `${NS}/pdns/`],
    ["the usual port in words", "https://dns.example.org:443"],
  ])("%s", (_what, url) => {
    expect(keyFor(url, { apiKey: "k", url: new URL(url).origin }, {})).toBe("k");
  });

  test.each([
    ["another host", "https://evil.example:8081"],
    ["another port", "https://ns1.example.org:8082"],
    ["in clear", "http://ns1.example.org:8081"],
    ["a name that begins alike", "https://ns1.example.org.evil.example:8081"],
    ["a user that looks like the host", "https://ns1.example.org:8081@evil.example"],
    ["no address", "ns1.example.org"],
  ])("%s does not get it", (_what, url) => {
    const config = { apiKey: "hush-hush", url: NS };
    expect(() => keyFor(url, config, {})).toThrow(`is for ${NS}, and is not sent to ${url}`);
    expect(() => keyFor(url, {}, { PDNS_API_KEY: "hush-hush", PDNS_API_URL: NS })).toThrow("is not sent to");
    expect(() => keyFor(url, config, {})).not.toThrow(/hush-hush/);
  });

  test("a key that does not say for which server it is, as before, is refused with what to do", () => {
    for (const [config, env] of [
      [{ apiKey: "k" }, {}],
      [{ apiKey: "k", url: "ns1" }, { PDNS_API_URL: NS }],
      [{}, { PDNS_API_KEY: "k" }],
    ] as const)
      expect(() => keyFor(NS, config, env)).toThrow(
        expect.objectContaining({
          message: expect.stringContaining("for which server"),
          hint: expect.stringContaining("postfleet:powerdns.url"),
        }),
      );
    expect(keyFor(NS, {}, {})).toBeUndefined();
  });
});

describe("a server that redirects", () => {
  let servers: Server[] = [];
  const heard: (string | undefined)[] = [];
  afterEach(() => servers.forEach((server) => void server.close()));

  test.each([301, 302, 307, 308])("with %i: the key stays, and the address is named", async (status) => {
    const thief = createServer((request, response) => {
      heard.push(String(request.headers["x-api-key"]));
      response.end("{}");
    });
    const target = `http://127.0.0.1:${await listening(thief)}/x`;
    const redirecting = createServer((_request, response) => response.writeHead(status, { location: target }).end());
    servers = [thief, redirecting];
    const url = `http://127.0.0.1:${await listening(redirecting)}`;
    const deps = { ovh: () => ({}) as never, powerdns: () => ({ apiKey: "hush-hush", url }) };
    const reading = backendFor(deps, { zone: "example.org", backend: { kind: "powerdns", url } }, new Map()).read();
    await expect(reading).rejects.toThrow(`is redirected to ${target}, which is not followed`);
    expect(heard).toEqual([]);
  });
});
