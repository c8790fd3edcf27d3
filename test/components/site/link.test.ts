/** The keys of the link on a site with each role on a host of its own: who has which, and where they can be read. */
import { isLinkAddress } from "../../../roles/shared/link";
import { SPREAD } from "../../plan/sites";
import { declareSite, LAB_YAML, type Registered, revealed, rolesIn, secrets } from "./mocks";

jest.setTimeout(60_000);

const MEMBERS = ["mx1", "mx2", "out1", "relay1", "store1", "web1"];

describe("a site with roles that speak to other hosts", () => {
  let list: Registered[];
  let roles: ReturnType<typeof rolesIn>;
  beforeAll(async () => {
    list = await declareSite(SPREAD);
    roles = rolesIn(list);
  });
  const filesOf = (host: string) => roles.get(`link-${host}`)?.secretFiles ?? {};

  test("each host of the link has a key, made once; no other host has one, nor has a lost one", () => {
    const keys = list.filter(({ type }) => type === "postfleet:wireguard:Key").map(({ name }) => name);
    expect(keys.sort()).toEqual(MEMBERS.map((host) => `link-${host}`));
    expect(filesOf("old1")).toEqual({});
  });

  test("a private key is on its own host alone, for root", () => {
    for (const host of MEMBERS) {
      const key = secrets.get(`link-${host}`) ?? "none";
      const having = [...roles].filter(([, role]) => JSON.stringify(role.secretFiles).includes(key)).map(([id]) => id);
      expect(having).toEqual([`link-${host}`]);
      expect(filesOf(host)["/etc/postfleet/link/private"]).toMatchObject({
        mode: "0600",
        owner: "root",
        content: `${key}\n`,
      });
    }
  });

  test("two hosts that know each other have one more key in common, and no other two have it", () => {
    const shared = MEMBERS.flatMap((host) =>
      Object.entries(filesOf(host)).flatMap(([path, { content, mode }]) => {
        const peer = /shared\.(.+)$/.exec(path)?.[1];
        return peer ? [{ pair: [host, peer].sort().join(" "), content, mode }] : [];
      }),
    );
    // mx1, mx2 and out1 know relay and mailstore, which know each other; the webmail's host knows the mailstore.
    expect(shared).toHaveLength(16);
    const of = (pair: string) => shared.filter((one) => one.pair === pair).map(({ content }) => content);
    for (const { pair, content, mode } of shared) {
      expect([of(pair), mode]).toEqual([[content, content], "0600"]);
      expect(Buffer.from(content, "base64")).toHaveLength(32);
    }
    expect(new Set(shared.map(({ content }) => content)).size).toBe(8);
  });

  test("nothing secret is in the configuration, which names the peers by their public keys", () => {
    const text = roles.get("link-mx2")?.files["/etc/wireguard/postfleet.conf"]?.content ?? "";
    expect(text.match(/^PublicKey = /gm)).toHaveLength(2);
    const open = JSON.stringify(list.map(({ inputs: { secretFiles: _, ...rest } }) => revealed(rest)));
    for (const [name, secret] of secrets)
      if (name.startsWith("link-")) expect([name, open.includes(secret)]).toEqual([name, false]);
  });

  test("what goes to other hosts goes to addresses of the link, in every file", () => {
    const says = (id: string, path: string, pattern: RegExp) =>
      pattern.exec(roles.get(id)?.files[path]?.content ?? "")?.[1] ?? "";
    const found = [
      says("mx-mx2", "/etc/postfix-mx/main.cf", /^relayhost = \[(.+)\]:10025$/m),
      says("relay-relay1", "/etc/postfix-relay/main.cf", /^virtual_transport = lmtp:inet:\[(.+)\]:24$/m),
      says("submission-out1", "/etc/postfix-submission/main.cf", /^smtpd_sasl_path = inet:\[(.+)\]:12345$/m),
      says("mailstore-store1", "/etc/dovecot/postfleet/delivery.conf", /^submission_host = "?\[(.+)\]:10587"?$/m),
      says("mailstore-store1", "/usr/local/lib/postfleet/mailstore/learn", /controllers=.\[([^\]]+)\]:11334 /),
    ];
    expect(found.filter((address) => !isLinkAddress(address))).toEqual([]);
  });
});

test("the lab's site has no link, and no key of one", async () => {
  const list = await declareSite(LAB_YAML);
  expect(list.filter(({ type, name }) => type.includes("wireguard") || name.startsWith("link-"))).toEqual([]);
});
