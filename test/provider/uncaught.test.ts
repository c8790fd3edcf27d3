/** An error that nobody caught does not end the provider. */
import { spawnSync } from "node:child_process";
import { EventEmitter } from "node:events";
import { join } from "node:path";
import { transformFileSync } from "@swc/core";
import { surviveUncaught } from "../../provider/uncaught";

test("each is told in words that no terminal acts on, and not without end", () => {
  const process = new EventEmitter();
  const told: string[] = [];
  surviveUncaught(process, (message) => void told.push(message));
  process.emit("uncaughtException", new Error("\u001b[2Jboo"));
  process.emit("unhandledRejection", "no error at all");
  expect(told[0]).toMatch(/nobody caught.*defect[\s\S]*\\x1b\[2Jboo/);
  expect(told[1]).toMatch(/nobody waited for[\s\S]*no error at all/);
  for (let i = 0; i < 1000; i++) process.emit("uncaughtException", new Error("again"));
  expect(told).toHaveLength(20);
});

test("a real process goes on, also when nobody can be told", () => {
  const source = (file: string) =>
    transformFileSync(join(__dirname, "..", "..", file), {
      jsc: { parser: { syntax: "typescript" } },
      module: { type: "commonjs" },
    }).code.replaceAll("../system/visible", "visible");
  const program = `
    const modules = { visible: {}, uncaught: {} };
    const load = (name, text) => new Function("exports", "require", text)(modules[name], (wanted) => modules[wanted]);
    load("visible", ${JSON.stringify(source("system/visible.ts"))});
    load("uncaught", ${JSON.stringify(source("provider/uncaught.ts"))});
    modules.uncaught.surviveUncaught(process, (message) => { console.log(message.split("\\n")[1]); throw new Error("told to nobody"); });
    setTimeout(() => { throw new Error("first"); }, 1);
    setTimeout(() => Promise.reject(new Error("second")), 10);
    setTimeout(() => console.log("goes on"), 50);`;
  const { stdout, status } = spawnSync(process.execPath, ["-e", program], { encoding: "utf8" });
  expect([stdout, status]).toEqual(["Error: first\nError: second\ngoes on\n", 0]);
});
