/** What is installed is what was looked at: locked, by hashes, and nothing of it runs while it is installed. */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../cli/paths";
import { aptSources } from "../../lab/mirror";
import { newFolder } from "../support/folder";

interface Locked {
  version?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  inBundle?: boolean;
}

const read = (...path: string[]) => readFileSync(join(PROJECT_ROOT, ...path), "utf8");

describe.each(["package-lock.json", "scripts/node/package-lock.json"])("%s", (name) => {
  const { lockfileVersion, packages } = JSON.parse(read(name)) as {
    lockfileVersion: number;
    packages: Record<string, Locked>;
  };
  // What is bundled comes inside of another package, with that one's hash.
  const fetched = Object.entries(packages).filter(([path, { inBundle }]) => path !== "" && !inBundle);

  test("has a version and a hash for every package, and none from elsewhere than the registry", () => {
    expect(lockfileVersion).toBe(3);
    expect(fetched.length).toBeGreaterThan(2);
    const loose = fetched.filter(
      ([, { version, integrity, resolved, link }]) =>
        link ||
        !/^\d+\.\d+\.\d+/.test(version ?? "") ||
        !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? "") ||
        !(resolved ?? "https://registry.npmjs.org/").startsWith("https://registry.npmjs.org/"),
    );
    expect(loose.map(([path]) => path)).toEqual([]);
  });

  test("asks for exact versions", () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
      read(name.replace("package-lock", "package")),
    ) as Record<string, Record<string, string> | undefined>;
    const asked = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
    for (const [path, version] of asked) expect(packages[`node_modules/${path}`]?.version).toBe(version);
  });
});

test("install scripts are off for whoever calls npm", () => {
  expect(read(".npmrc")).toMatch(/^ignore-scripts=true$/m);
});

test("Python's packages have hashes", () => {
  const [requirement, ...hashes] = read("scripts", "ruff.txt")
    .replace(/^#.*\n/gm, "")
    .split(/\s+\\?\s*/)
    .filter(Boolean);
  expect(requirement).toMatch(/^ruff==\d+\.\d+\.\d+$/);
  expect(hashes.length).toBeGreaterThan(1);
  for (const hash of hashes) expect(hash).toMatch(/^--hash=sha256:[0-9a-f]{64}$/);
  expect(read("scripts", "ruff.ts")).toContain('"--require-hashes"');
});

test("Debian's packages are taken from archives whose signatures are looked at", () => {
  for (const line of aptSources("http://mirror.example/debian")) expect(line).toMatch(/^deb http/);
  for (const file of ["lab/images.ts", "lab/requirements.ts", "scripts/validators.ts", "scripts/setup"]) {
    expect(read(file)).not.toMatch(
      /trusted=|allow-insecure|allow-unauthenticated|AllowUnauthenticated|no-check-gpg|AllowInsecure/i,
    );
  }
});

/** A machine whose Node.js is 18, with an npm that writes down what it is asked. */
function oldMachine() {
  const root = newFolder({ "scripts/.keep": "" });
  for (const name of ["scripts", "package.json", "package-lock.json", ".npmrc"]) {
    cpSync(join(PROJECT_ROOT, name), join(root, name), { recursive: true });
  }
  const bin = join(root, "stub");
  const program = (path: string, text: string) => {
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, `#!/bin/sh\n${text}`);
    chmodSync(path, 0o755);
  };
  program(join(bin, "node"), "echo v18.20.4\n");
  // What npm makes of the lock file, as far as setup looks at it.
  program(
    join(bin, "npm"),
    `echo "$PWD: $*" >>"${root}/asked"
[ "$1" = ci ] || exit 0
mkdir -p node_modules
for a in x64 arm64; do
  mkdir -p node_modules/node-linux-$a/bin node_modules/npm/bin
  printf '#!/bin/sh\\necho v22.1.0\\n' >node_modules/node-linux-$a/bin/node
  chmod +x node_modules/node-linux-$a/bin/node
  cp "$0" node_modules/npm/bin/npm-cli.js
done
`,
  );
  const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: join(root, "home") };
  const { status, stderr } = spawnSync(join(root, "scripts", "setup"), { env, encoding: "utf8" });
  return { root, status, stderr, asked: readFileSync(join(root, "asked"), "utf8").trim().split("\n") };
}

test("a Node.js for an old machine comes from a lock file too, and no package runs a script", () => {
  const { root, status, stderr, asked } = oldMachine();
  expect({ status, stderr }).toMatchObject({ status: 0 });
  const cache = join(root, "home", ".cache", "postfleet", "node");
  expect(asked[0]).toMatch(new RegExp(`^${cache}: ci `));
  expect(readFileSync(join(cache, "package-lock.json"), "utf8")).toBe(read("scripts", "node", "package-lock.json"));
  expect(asked.filter((line) => /: ci /.test(line))).toHaveLength(2);
  for (const line of asked) expect(line).toMatch(/: (ci --ignore-scripts|run --silent build)/);
});
