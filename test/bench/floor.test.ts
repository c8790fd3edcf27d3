import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildScript, checkScript } from "../../bench/floor";
import { goalsTable, measure, median } from "../../bench/measure";
import { factsOf, type RoleRecord, sizeOf } from "../../bench/record";
import { newFolder } from "../support/folder";

let directory = "";
beforeEach(() => {
  directory = newFolder();
});

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

function record(role: string, path: string, content: string, packages: string[] = []): RoleRecord {
  return {
    role,
    packages: Object.fromEntries(packages.map((name) => [name, "present"])),
    files: { [path]: { sha256: sha256(content), mode: "0644", owner: "root", group: "root" } },
    directories: {},
    links: {},
    users: { vmail: { home: "/var/vmail", shell: "/usr/sbin/nologin" } },
    services: {},
  };
}

test("the facts of a host are those of all its roles, each once", () => {
  const facts = factsOf([record("mx", "/a", "1", ["postfix"]), record("relay", "/b", "2", ["postfix", "dovecot"])]);
  expect(facts.packages).toEqual(["dovecot", "postfix"]);
  expect(facts.files).toEqual({ "/a": sha256("1"), "/b": sha256("2") });
  expect(sizeOf(facts)).toBe("2 packages, 2 files, 0 units");
});

test("the check passes on what is there, and fails on one changed byte", () => {
  const path = join(directory, "it's a file");
  writeFileSync(path, "content\n");
  const run = (facts: ReturnType<typeof factsOf>) => spawnSync("sh", { input: checkScript(facts) }).status;
  expect(run(factsOf([record("x", path, "content\n", ["dpkg"])]))).toBe(0);
  expect(run(factsOf([record("x", path, "changed\n", ["dpkg"])]))).toBe(1);
  expect(run(factsOf([record("x", path, "content\n", ["no-such-package"])]))).toBe(1);
});

test("the script that builds a host is valid shell", () => {
  const facts = factsOf([record("x", "/it's", "1", ["postfix"])]);
  facts.services = {
    "a.service": { enabled: true, running: true },
    "b.service": { enabled: false, running: false, masked: true },
  };
  const script = buildScript(facts);
  execFileSync("sh", ["-n"], { input: script });
  expect(script).toContain("systemctl mask -q 'b.service'");
  expect(script).toContain("systemctl restart 'a.service'");
});

test("figures are medians, and a failed run is none", async () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1])).toBe(2.5);
  await expect(measure("x", 1, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
});

test("a goal is met or missed by its ratio", () => {
  const table = goalsTable([
    { name: "a", measured: 1, of: "x", atMost: 2 },
    { name: "b", measured: 3, of: "y", atMost: 2 },
  ]);
  expect(table).toMatch(/^a .* 0\.50 +met$/m);
  expect(table).toMatch(/^b .* 1\.50 +missed$/m);
});
