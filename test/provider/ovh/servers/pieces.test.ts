/** The host key's script run by a shell and judged by OpenSSH; the handshake with a real SSH server; waiting for tasks. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server } from "ssh2";
import { type OvhApi, OvhError } from "../../../../provider/ovh/api";
import { hostKeyScript } from "../../../../provider/ovh/servers/host-key-script";
import { nearest } from "../../../../provider/ovh/servers/nearest";
import { shownKey } from "../../../../provider/ovh/servers/shown-key";
import { isLater, startsNow, tokenProblem } from "../../../../provider/ovh/servers/token";
import { finished, type RawTask } from "../../../../provider/ovh/tasks";
import { HOST_KEY, OTHER_KEY } from "./machines";

test("the script leaves our host key alone, readable by root only, and tells cloud-init to make none", () => {
  const root = mkdtempSync(join(tmpdir(), "postfleet-script-"));
  mkdirSync(join(root, "etc/ssh"), { recursive: true });
  mkdirSync(join(root, "etc/cloud/cloud.cfg.d"), { recursive: true });
  for (const name of ["rsa_key", "rsa_key.pub", "ed25519_key"])
    writeFileSync(join(root, `etc/ssh/ssh_host_${name}`), "old");
  const script = hostKeyScript(HOST_KEY.privateKeyPem, HOST_KEY.publicKey).replaceAll("/etc/", `${root}/etc/`);
  execFileSync("sh", ["-c", `systemctl() { return 3; }; ${script}`]);
  const key = join(root, "etc/ssh/ssh_host_ed25519_key");
  expect(existsSync(join(root, "etc/ssh/ssh_host_rsa_key"))).toBe(false);
  expect(statSync(key).mode & 0o777).toBe(0o600);
  expect(statSync(`${key}.pub`).mode & 0o777).toBe(0o644);
  const derived = execFileSync("ssh-keygen", ["-y", "-f", key], { encoding: "utf8" });
  expect(derived.trim().split(" ").slice(0, 2).join(" ")).toBe(HOST_KEY.publicKey);
  expect(readFileSync(`${key}.pub`, "utf8").trim()).toBe(HOST_KEY.publicKey);
  const cloud = readFileSync(join(root, "etc/cloud/cloud.cfg.d/99-postfleet-host-key.cfg"), "utf8");
  expect(cloud).toBe("ssh_deletekeys: false\nssh_genkeytypes: []\n");
});

test("what the key's comment says is data, and never run", () => {
  const root = mkdtempSync(join(tmpdir(), "postfleet-script-"));
  mkdirSync(join(root, "etc/ssh"), { recursive: true });
  const line = `${HOST_KEY.publicKey} it's $(touch ${root}/run) "@PRIVATE_KEY@"`;
  const script = hostKeyScript(HOST_KEY.privateKeyPem, line).replaceAll("/etc/", `${root}/etc/`);
  execFileSync("sh", ["-c", `systemctl() { return 3; }; ${script}`]);
  expect(readFileSync(join(root, "etc/ssh/ssh_host_ed25519_key.pub"), "utf8")).toBe(`${line}\n`);
  expect(readFileSync(join(root, "etc/ssh/ssh_host_ed25519_key"), "utf8")).toBe(HOST_KEY.privateKeyPem);
  expect(existsSync(join(root, "run"))).toBe(false);
});

test("the key that a server shows is learnt without logging in; nothing there is nothing", async () => {
  const attempts: string[] = [];
  const server = new Server({ hostKeys: [HOST_KEY.privateKeyPem] }, (client) => {
    client.on("authentication", ({ username, reject }) => {
      attempts.push(username);
      reject();
    });
    client.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  expect(await shownKey("127.0.0.1", (server.address() as AddressInfo).port)).toBe(HOST_KEY.publicKey);
  server.close();
  expect(attempts).toEqual([]);
  const mute = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  expect(await shownKey("127.0.0.1", (mute.address() as AddressInfo).port)).toBeUndefined();
  mute.close();
  expect(await shownKey("127.0.0.1", 1)).toBeUndefined();
  expect(HOST_KEY.publicKey).not.toBe(OTHER_KEY.publicKey);
});

describe("tasks", () => {
  const missing = new OvhError("GET /t/1", 404, { message: "no" });
  const lines: string[] = [];
  const wait = (answers: (RawTask | OvhError)[], newMs = 1000) => {
    const api = {
      get: async () => {
        const answer = answers.length > 1 ? answers.shift() : answers[0];
        if (answer instanceof OvhError) throw answer;
        return answer;
      },
    } as unknown as OvhApi;
    const report = { info: () => {}, warn: () => {}, progress: (line: string) => lines.push(line) };
    const polling = { everyMs: 1, limitMs: 100 };
    return finished(
      api,
      "/t",
      { id: 1, name: "x", state: "init", comment: "" },
      { what: "ns1", polling, newMs, report },
    );
  };

  test("a task that cannot be seen yet is new; one that was seen and is gone is done; a vRack's is done when gone", async () => {
    await wait([missing, missing, { taskId: 1, status: "doing" }, missing]);
    await wait([missing], 0);
    await expect(wait([missing])).rejects.toThrow(/task 1 is still init/);
  });

  test("progress is told; states that wait for somebody are not the end", async () => {
    lines.length = 0;
    await wait([
      { id: 1, state: "waitingAck", progress: 40 },
      { id: 1, state: "paused" },
      { id: 1, state: "done" },
    ]);
    expect(lines[0]).toBe("ns1: waitingAck, 40 % (task 1, 0 min)");
    expect(lines).toHaveLength(3);
  });

  test.each(["error", "problem", "cancelled", "customerError", "ovhError"])("%s is a failure", async (status) => {
    await expect(wait([{ taskId: 1, status, comment: "disk" }])).rejects.toThrow(
      `ns1: OVH's task 1 ended as ${status}: disk`,
    );
  });
});

test("tokens: dates and minutes in UTC, not of the future, and old ones start nothing", () => {
  const now = Date.parse("2026-11-22T12:00:30Z");
  expect(["2026-11-22", "2026-11-22T12:00", "2020-01-01"].map((token) => tokenProblem(token, now))).toEqual(
    [1, 2, 3].map(() => undefined),
  );
  for (const token of ["2026-11-23", "2026-11-22T12:01"]) expect(tokenProblem(token, now)).toMatch(/future/);
  expect(tokenProblem("22.11.2026", now)).toMatch(/as "2026-11-22", or a time in UTC, as "2026-11-22T12:00"/);
  expect(["2026-11-15", "2026-11-16"].map((token) => startsNow(token, now))).toEqual([false, true]);
  expect([
    isLater("2026-11-22T00:01", "2026-11-22"),
    isLater("2026-11-22", "2026-11-22"),
    isLater("2026-11-22", undefined),
  ]).toEqual([true, false, true]);
  expect(isLater(undefined, undefined)).toBe(false);
});

test("the nearest names come first, and what has nothing in common does not come", () => {
  const names = ["ubuntu2404-server_64", "debian12_64", "debian13_64", "xyz"];
  expect(nearest("Debian_13", names)).toEqual(["debian13_64", "debian12_64"]);
  expect(nearest("qq", names)).toEqual([]);
});
