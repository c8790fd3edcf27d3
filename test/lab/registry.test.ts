/** The registry's robot itself, with programs in its PATH that answer from a file and write down what they are told. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { registryScript } from "../../lab/net1/registry";
import { newFolder } from "../support/folder";

const KEY = "257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==";
const DS = "55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17";
const OTHER = `1234 13 2 ${"ab".repeat(32)}`;

interface World {
  /** Answers for example.org; undefined: mail1 does not answer. */
  cds?: string[];
  keys?: string[];
  /** What the registry has now. */
  present: string[];
}

/** Runs one round and returns what knot was told about example.org. */
function round(world: World): string[] {
  const directory = newFolder();
  const answer = (type: string, data?: string[]) =>
    data &&
    `;; ->>HEADER<<- opcode: QUERY; status: NOERROR; id: 1\n${data.map((d) => `example.org. 60 IN ${type} ${d}\n`).join("")}`;
  const answers = {
    CDS: answer("CDS", world.cds),
    DNSKEY: answer("DNSKEY", world.keys),
    DS: answer("DS", world.present),
  };
  for (const [type, text] of Object.entries(answers)) if (text) writeFileSync(join(directory, type), text);
  const program = (name: string, text: string) =>
    writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  program("kdig", `for a; do t=$n; n=$a; done; [ "$t" = example.org. ] && cat "${directory}/$n" 2>/dev/null`);
  program("knotc", `echo "$@" >> ${directory}/told`);
  program("unbound-control", "true");
  writeFileSync(join(directory, "told"), "");
  writeFileSync(join(directory, "robot"), registryScript());
  execFileSync("python3", [join(directory, "robot")], { env: { PATH: `${directory}:/usr/bin:/bin` } });
  return readFileSync(join(directory, "told"), "utf8").trim().split("\n").filter(Boolean);
}

test("the first CDS becomes the DS", () => {
  expect(round({ cds: [DS], keys: [KEY], present: [] })).toEqual([
    "zone-begin org.",
    `zone-set org. example.org. 5 DS ${DS}`,
    "zone-commit org.",
  ]);
});

test("a new CDS replaces the DS", () => {
  expect(round({ cds: [DS], keys: [KEY], present: [OTHER] })).toEqual([
    "zone-begin org.",
    "zone-unset org. example.org. DS",
    `zone-set org. example.org. 5 DS ${DS}`,
    "zone-commit org.",
  ]);
});

test("the same CDS in another spelling changes nothing", () => {
  const split = DS.toUpperCase().replace(/(.{40})$/, " $1");
  expect(round({ cds: [split], keys: [KEY], present: [DS] })).toEqual([]);
});

test("the CDS of RFC 8078 section 4 and an unsigned zone withdraw the DS", () => {
  const withdrawn = ["zone-begin org.", "zone-unset org. example.org. DS", "zone-commit org."];
  expect(round({ cds: ["0 0 0 00"], keys: [KEY], present: [DS] })).toEqual(withdrawn);
  expect(round({ cds: [], keys: [], present: [DS] })).toEqual(withdrawn);
});

test("without CDS the DS stays while a key answers to it, and goes when none does", () => {
  expect(round({ cds: [], keys: [KEY], present: [DS] })).toEqual([]);
  expect(round({ cds: [], keys: [KEY], present: [OTHER] })).toContain("zone-unset org. example.org. DS");
});

test("a server that does not answer changes nothing", () => {
  expect(round({ present: [DS] })).toEqual([]);
});
