/** `postfleet plan`: what a site file comes to, for people, for programs, and as a picture. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { main } from "../../cli/main";
import { planOutput } from "../../cli/plan";
import { layoutOf, planSvg } from "../../cli/plan/svg";
import { planText } from "../../cli/plan/text";
import { loadSite, type Plan, plan } from "../../plan";
import { planOf, SPREAD, siteOf, stack } from "../plan/sites";
import { newFolder } from "../support/folder";
import { keptOutput } from "../support/output";

const EXAMPLE = join(__dirname, "..", "..", "stacks", "ovh.example.yaml");
const example = (): Plan => plan(loadSite(EXAMPLE));

test("for people: every instance, who offers what, and where backups go", () => {
  const text = planOutput(EXAMPLE, {});
  for (const { id } of example().instances) expect(text).toContain(id);
  expect(text).toContain("mx-mail1  relay, local first: relay-mail1 at 127.0.0.1 port 10025");
  expect(text).toContain("mail1  backed up to back1");
  expect(text).toMatch(/\n {2}0 {2}host-mail1, host-back1\n/);
});

describe("for people", () => {
  const NOTHING_LOST = planOf(
    SPREAD.replace(", lost: true", "").replace("roles: [mailstore] }\ndomains", "roles: [] }\ndomains"),
  );
  /** The indented lines below one that reads so. */
  const below = (text: string, title: string): string[] => {
    const lines = text.split("\n");
    const start = lines.findIndex((line) => line.trim() === title || line.trim().startsWith(`${title}  `));
    const depth = (line = "") => line.search(/\S/);
    const rest = lines.slice(start + 1);
    const end = rest.findIndex((line) => depth(line) <= depth(lines[start]));
    return start < 0 ? [] : rest.slice(0, end).map((line) => line.trim());
  };

  test("everybody who waits, for whom, and why", () => {
    const plan = planOf(SPREAD);
    const waits = planText(plan).replaceAll(" (lost)", "").split("Who waits for whom")[1] ?? "";
    for (const { from, to, why } of plan.edges) {
      const line = below(waits, to).find((each) => each.startsWith(`${why}: `));
      expect([to, why, line?.split(": ")[1]?.split(", ").includes(from)]).toEqual([to, why, true]);
    }
    expect(below(waits, "mx-mx2")).toContain("twins are changed one after the other: mx-mx1");
  });

  test("of many zones some are named, and the others counted", () => {
    const many = stack("ovh.example").replace(
      "domains:\n",
      `domains:\n${Array.from({ length: 20 }, (_, i) => `  d${i}.example: { mail: false }\n`).join("")}`,
    );
    const plan = planOf(many);
    expect(planText(plan)).toMatch(/zone d0\.example, .*zone d7\.example and 14 others/);
  });

  test("every record set, in its zone, with its values and what it is for", () => {
    for (const plan of [example(), planOf(SPREAD)]) {
      const text = planText(plan);
      for (const { zone, name, type, ttl, values, why } of plan.records) {
        const lines = below(text, zone ?? "in zones of others").map((line) => line.replace(/ +/g, " "));
        for (const value of values) {
          const shown =
            typeof value === "string"
              ? value
              : `${value.value} of ${value.key === "acme" ? "the ACME account" : `each key of ${value.key}`}`;
          expect(lines).toContainEqual(expect.stringContaining(`${name} ${ttl} ${type} ${shown}`.replace(/ +/g, " ")));
        }
        expect(lines.some((line) => line.startsWith(`${name} `) && line.endsWith(`; ${why}`))).toBe(true);
      }
      for (const { address, name } of plan.reverse)
        expect(below(text, "Reverse names")).toContain(`${address}  ${name}`);
    }
  });

  test("lost hosts are marked wherever something of theirs would come up", () => {
    const text = planText(planOf(SPREAD));
    const rollOut = text.slice(text.indexOf("Roll-out"), text.indexOf("Ways of the mail"));
    const named = rollOut.match(/\S+-old1\b( \(lost\))?/g) ?? [];
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter((each) => !each.endsWith(" (lost)"))).toEqual([]);
    expect(planText(NOTHING_LOST)).not.toContain("lost");
  });

  test("what many hosts offer under one name is one endpoint", () => {
    const site = siteOf(SPREAD);
    for (const host of site.hosts) if (host.name === "relay1") host.roles.push("mailstore");
    const text = planText(plan(site));
    expect(text).toContain(
      "webmail-web1  imap, by name: mailstore-relay1, mailstore-store1 at imap.example.org port 993\n",
    );
  });

  test.each([
    [90 * 86400, "every 90d"],
    [86400, "every 1d"],
    [36 * 3600, "every 36h"],
    [90 * 60, "every 90m"],
    [61, "every 61s"],
    [undefined, "never rotated"],
  ])("a rotation of %s seconds is %s", (rotate, words) => {
    const { rings, ...others } = example();
    const [first] = rings;
    if (!first) throw new Error("a ring is wanted");
    const { rotate: _, ...ring } = first;
    const text = planText({ ...others, rings: [rotate === undefined ? ring : { ...ring, rotate }] });
    expect(text).toContain(`${first.id}  rsa, ${words}, on mail1`);
  });
});

test("for programs: the plan itself, and no secret in it", () => {
  const text = planOutput(EXAMPLE, { json: true });
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(example())));
  expect(text).not.toMatch(/PRIVATE KEY|\$2[aby]\$|alice@/);
});

describe("as a picture", () => {
  const svg = planOutput(EXAMPLE, { svg: true });

  test("it is well-formed XML, and needs nothing from elsewhere", () => {
    const read = "import sys, xml.dom.minidom as x; print(x.parse(sys.stdin).documentElement.tagName)";
    expect(execFileSync("python3", ["-c", read], { input: svg, encoding: "utf8" }).trim()).toBe("svg");
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:|href|@import|url\((?!#)/);
  });

  test("every host and every instance is in it, each in its own place", () => {
    const { hosts, instances } = example();
    const { chips } = layoutOf(example());
    for (const { name, hostname } of hosts) for (const text of [name, hostname]) expect(svg).toContain(text);
    for (const { id } of instances) expect(svg).toContain(`<title>${id}</title>`);
    const places = [...chips.values()].map(({ x, y }) => `${x} ${y}`);
    expect(new Set(places).size).toBe(instances.length);
  });

  test("the ways of the mail and of the backups are drawn", () => {
    expect(svg).toContain("the world -&gt; mx-mail1");
    expect(svg).toContain("mx-mail1 -&gt; relay-mail1: relay");
    expect(svg).toContain("backups of mail1 go to back1");
  });

  test("names from the site file cannot break out of it", () => {
    const { hosts, ...others } = example();
    const [first, ...more] = hosts;
    if (!first) throw new Error("a host is wanted");
    const odd = { ...others, hosts: [{ ...first, hostname: '<script>"&' }, ...more] };
    expect(planSvg(odd)).toContain("&lt;script&gt;&quot;&amp;");
  });
});

describe("on the command line", () => {
  const output = keptOutput();
  const run = (...words: string[]) => main(["node", "postfleet", "plan", ...words]);

  test("a file that is no site is refused with all its problems", async () => {
    const file = join(newFolder({ "bad.yaml": "site: bad\nhosts: {}\n" }), "bad.yaml");
    expect(await run(file)).toBe(1);
    expect(output.err).toContain("is not a valid site file");
    expect(output.err).toContain("hint");
    expect(output.out).toBe("");
  });

  test("two forms at once are refused", async () => {
    expect(await run(EXAMPLE, "--json", "--svg")).toBe(2);
  });
});
