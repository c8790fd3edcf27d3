/** Files beside the site file that belong on a host as they are. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSite } from "../../plan";
import { planOf, siteOf } from "../plan/sites";
import { folderWith, hostKeyLine } from "./fixture";

const SITE = `site: own
hosts:
  web1:
    address: 192.0.2.1
    hostKeys: ["${hostKeyLine()}"]
    files: { /etc/cron.d/own: { from: files/own, mode: "0600" } }
domains: { example.org: { mail: false } }
`;

/** What is said of the site when its file has this content. */
function saidOf(content: string | Buffer): string[] {
  const site = folderWith({ "site.yaml": SITE, "files/own": "" });
  writeFileSync(join(site, "..", "files", "own"), content);
  return readSite(site).problems.flatMap(({ severity, message, given }) =>
    severity === "error" ? [`${message} | ${given}`] : [],
  );
}

test("the content is that of the file, to the byte", () => {
  const site = readSite(folderWith({ "site.yaml": SITE, "files/own": "\ufeffé\r\n" })).site;
  expect(site?.hosts[0]?.files).toEqual({ "/etc/cron.d/own": { content: "\ufeffé\r\n", mode: "0600" } });
});

test("a private key is refused and not repeated; so is what is no text, or large", () => {
  const key = "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n";
  expect(saidOf(key)).toEqual(["a private key is in this file | (not shown)"]);
  expect(saidOf(Buffer.from([0xff, 0xfe]))).toEqual([expect.stringContaining("the file is no text in UTF-8")]);
  expect(saidOf("x".repeat(256 * 1024 + 1))).toEqual([expect.stringContaining("the file has 262145 bytes")]);
});

test("a site without such files has none, and its hosts nothing allowed", () => {
  const [host] = siteOf(SITE.replace(/ {4}files.*\n/, "")).hosts;
  expect(host).not.toHaveProperty("files");
  expect(host).not.toHaveProperty("allowed");
  expect(planOf(SITE.replace(/ {4}files.*\n/, "")).instances.length).toBeGreaterThan(0);
});
