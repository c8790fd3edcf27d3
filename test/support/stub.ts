/** A program of a host, run on this machine with stand-ins for the programs that it calls. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newFolder } from "./folder";

/** A program that notes its calls, and answers as the test says. */
export class Stub {
  private readonly folder = newFolder();

  /**
   * @param shell what it does, in shell, after it has noted its call; `$*` are its words
   * @param variables of its environment that are noted before its words
   */
  constructor(name: string, shell: string, variables: string[] = []) {
    const noted = variables.map((variable) => `$${variable} `).join("");
    const path = join(this.folder, name);
    writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "${noted}$*" >>'${this.folder}/calls'\n${shell}\n`);
    chmodSync(path, 0o755);
  }

  /** The calls since the last question. */
  calls(): string[] {
    const file = join(this.folder, "calls");
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    writeFileSync(file, "");
    return lines.filter((line) => line !== "");
  }

  /** Runs a Python program that finds the stub on its PATH. */
  runPython(program: string, argv: string[] = [], env: Record<string, string> = {}) {
    const { status, stdout, stderr } = spawnSync("python3", ["-", ...argv], {
      encoding: "utf8",
      input: program,
      timeout: 30_000,
      env: { ...env, PATH: `${this.folder}:${process.env.PATH}` },
    });
    return { status, stdout, stderr };
  }
}
