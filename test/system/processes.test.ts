import { spawn } from "node:child_process";
import { once } from "node:events";
import { isAlive, processStart, signal } from "../../system/processes";

test("a process is alive by its start time, and only that very process is signalled", async () => {
  const child = spawn("sleep", ["60"]);
  const pid = child.pid ?? 0;
  const start = processStart(pid) ?? "";
  expect(start).toMatch(/^\d+$/);
  expect(isAlive({ pid, start })).toBe(true);
  const stranger = { pid, start: String(Number(start) - 1) };
  expect(isAlive(stranger)).toBe(false);
  signal(stranger, "SIGKILL");
  expect(isAlive({ pid, start })).toBe(true);
  const ended = once(child, "exit");
  signal({ pid, start }, "SIGKILL");
  await ended;
  expect(isAlive({ pid, start })).toBe(false);
  expect(processStart(pid)).toBeUndefined();
});
