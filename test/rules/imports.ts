/** Who may import whom: a pure look at the imports of all files. */
import { posix } from "node:path";
import { preProcessFile } from "typescript";

/** A file, and what it imports: paths in the repository, or names of packages. */
export interface Imports {
  file: string;
  imports: string[];
}

/** The imports of a source file, those of types and those on demand among them. */
export function importsOf(file: string, source: string, isFile: (path: string) => boolean): Imports {
  // The compiler's own scanner: it knows strings and comments from code.
  const imports = preProcessFile(source, true, true).importedFiles.map(({ fileName: specifier }) => {
    if (!specifier.startsWith(".")) return specifier;
    const path = posix.join(posix.dirname(file), specifier.replace(/\.js$/, ""));
    return [path, `${path}.ts`, `${path}/index.ts`].find(isFile) ?? path;
  });
  return { file, imports: [...new Set(imports)] };
}

/** A rule: of which files it speaks, and what these may not import. */
interface Rule {
  says: string;
  of: RegExp;
  except?: RegExp;
  never(imported: string, file: string): boolean;
}

const roleOf = (path: string) => /^roles\/([^/]+)\//.exec(path)?.[1];
const below = (...rooms: string[]) => new RegExp(`^(${rooms.join("|")})/`);
const PRODUCT = /^(index\.ts$|(cli|components|plan|policies|provider|quote|roles|site|system)\/)/;

export const RULES: readonly Rule[] = [
  {
    says: "product never imports lab/, bench/, scripts/ or test/; only cli/lab speaks to the lab",
    of: PRODUCT,
    except: /^cli\/lab\//,
    never: (imported) => below("lab", "bench", "scripts", "test").test(imported),
  },
  {
    says: "of the lab the command line knows its commands and the surroundings of its stacks, nothing else",
    of: below("cli"),
    except: /^cli\/lab\//,
    never: (imported, file) =>
      imported.startsWith("cli/lab/") &&
      !(file === "cli/main.ts" && imported === "cli/lab/index.ts") &&
      !(file === "cli/surroundings/index.ts" && imported === "cli/lab/surroundings.ts"),
  },
  {
    says: "a role never imports another role; what they share is in roles/shared",
    of: /^roles\/[^/]+\//,
    never: (imported, file) => {
      const other = roleOf(imported);
      return other !== undefined && other !== "shared" && other !== roleOf(file);
    },
  },
  {
    says: "roles/, plan/ and site/ know no Pulumi",
    of: below("roles", "plan", "site"),
    never: (imported) => imported.startsWith("@pulumi/") || below("components").test(imported),
  },
  {
    says: "site/ knows neither the roles nor what is made of them",
    of: below("site"),
    never: (imported) => below("roles", "plan", "components", "provider", "cli", "policies").test(imported),
  },
  {
    says: "roles are told of the plan, they do not ask it",
    of: below("roles"),
    never: (imported) => below("plan", "cli").test(imported),
  },
  {
    says: "provider/ knows no mail: neither sites nor roles",
    of: below("provider"),
    never: (imported) => below("site", "roles", "plan", "components", "cli").test(imported),
  },
  {
    says: "components/ and plan/ know no command line",
    of: below("components", "plan"),
    never: (imported) => below("cli").test(imported),
  },
  {
    says: "system/ and quote/ are below everything: each knows Node.js and itself",
    of: below("system", "quote"),
    never: (imported, file) => !imported.startsWith("node:") && !below(file.split("/")[0] ?? "").test(imported),
  },
];

/** Every import that a rule forbids, in words. */
export function violations(files: readonly Imports[]): string[] {
  return RULES.flatMap(({ says, of, except, never }) =>
    files
      .filter(({ file }) => of.test(file) && !except?.test(file))
      .flatMap(({ file, imports }) =>
        imports.filter((imported) => never(imported, file)).map((imported) => `${file} imports ${imported}: ${says}`),
      ),
  );
}

/** Circles of imports, each once and from its first file in order of the alphabet. */
export function circles(files: readonly Imports[]): string[] {
  const known = new Map(files.map(({ file, imports }) => [file, imports]));
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (file: string, way: string[]): void => {
    const start = way.indexOf(file);
    if (start >= 0) {
      const circle = way.slice(start);
      const first = circle.indexOf([...circle].sort()[0] ?? "");
      const ordered = [...circle.slice(first), ...circle.slice(0, first)];
      found.add([...ordered, ordered[0]].join(" -> "));
      return;
    }
    if (done.has(file)) return;
    for (const imported of known.get(file) ?? []) if (known.has(imported)) visit(imported, [...way, file]);
    done.add(file);
  };
  for (const { file } of files) visit(file, []);
  return [...found].sort();
}
