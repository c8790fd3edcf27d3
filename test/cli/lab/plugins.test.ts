import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pluginFile, preparePlugins, standInText } from "../../../cli/lab/plugins";
import { labPulumiHome } from "../../../cli/paths";
import { newFolder } from "../../support/folder";
import { keptOutput } from "../../support/output";

const printed = keptOutput();
let cache = "";
beforeEach(() => {
  cache = newFolder();
  process.env.POSTFLEET_OFFLINE = "1";
});
afterEach(() => {
  delete process.env.POSTFLEET_OFFLINE;
});

const home = () => labPulumiHome(cache);
const content = (name: "command" | "random") => readFileSync(pluginFile(home(), name), "utf8");

test("stand-ins are written where the engine looks, announced, and left alone the second time", async () => {
  await preparePlugins({ PATH: "/nowhere" }, cache);
  expect(pluginFile(home(), "random")).toMatch(/plugins\/resource-random-v[\d.]+\/pulumi-resource-random$/);
  expect(content("random")).toBe(standInText("random"));
  expect(printed.err).toMatch(/random .* cannot be had here; the lab uses its own stand-in/);
  printed.err = "";
  await preparePlugins({ PATH: "/nowhere" }, cache);
  expect(printed.err).toBe("");
});

test("a stand-in of another checkout is replaced by ours", async () => {
  await preparePlugins({ PATH: "/nowhere" }, cache);
  writeFileSync(pluginFile(home(), "command"), standInText("command", "/other/checkout"));
  await preparePlugins({ PATH: "/nowhere" }, cache);
  expect(content("command")).toBe(standInText("command"));
});

test("the vendor's plugin is never touched", async () => {
  const file = pluginFile(home(), "random");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "the vendor's");
  chmodSync(file, 0o755);
  await preparePlugins({ PATH: "/nowhere" }, cache);
  expect(content("random")).toBe("the vendor's");
});

test("the operator's own PULUMI_HOME gets no stand-ins", async () => {
  const own = join(cache, "own");
  const preparing = preparePlugins({ PATH: "/nowhere", PULUMI_HOME: own }, cache);
  await expect(preparing).rejects.toThrow(/neither in PULUMI_HOME=.*own nor can it be downloaded/);
});
