import { spawn } from "node:child_process";
import { once } from "node:events";
import { isAlive, processesRootedIn, processStart, rootedIn, signal } from "../../lab/processes";

const UPPER = "/var/lib/postfleet-lab/hosts/mail1/upper";
const ROOT = `41 40 0:35 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/a,upperdir=${UPPER},workdir=/w`;

test("a process belongs to a host by the upper directory of its root, whole and at / alone", () => {
  expect(rootedIn(`22 1 0:20 / /proc rw - proc proc rw\n${ROOT}\n`, UPPER)).toBe(true);
  expect(rootedIn(ROOT, "/var/lib/postfleet-lab/hosts/mail")).toBe(false);
  // The outer machine has the overlay mounted too, elsewhere.
  expect(rootedIn(ROOT.replace(" / / ", " / /var/lib/postfleet-lab/hosts/mail1/root "), UPPER)).toBe(false);
  expect(processesRootedIn("/no/such/upper")).toEqual([]);
});

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
