/** `postfleet plan`: what a site file comes to, for people, for programs, and as a picture. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { main } from "../../cli/main";
import { planOutput } from "../../cli/plan";
import { layoutOf, planSvg } from "../../cli/plan/svg";
import { loadSite, type Plan, plan } from "../../plan";
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
