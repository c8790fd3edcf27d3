/** Mailstores of other hosts teach the filter, and do nothing else: the gate between fixtures, and before the real rspamd. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { join } from "node:path";
import { filter } from "../../../roles/filter";
import { CONTROLLER_SOCKET } from "../../../roles/filter/args";
import { teachingGate } from "../../../roles/filter/teaching";
import { contentsOf, describeInChroot, outside, runInChroot, stage } from "../../support/chroot";
import { newFolder } from "../../support/folder";
import { book } from "../relay/book";

const TEACHING = { address: "fdc4:79ab:8be1:9098::1", from: ["fdc4:79ab:8be1:9098::2"] };
const args = { ...book, dkim: [], messageSizeLimit: 1024 ** 2 };
const [wanted, alone] = [filter.manifest({ ...args, teaching: TEACHING }), filter.manifest(args)];
const CONTROLLER = "/etc/rspamd/override.d/worker-controller.inc";
const UNIT = "/etc/systemd/system/rspamd-teaching";

test("the controller itself is on loopback alone, and believes no other host", () => {
  for (const { files } of [wanted, alone]) {
    const text = files[CONTROLLER]?.content ?? "";
    expect([...text.matchAll(/^bind_socket = "([^"/]+)";$/gm)].map(([, bind]) => bind)).toEqual(["127.0.0.1:11334"]);
    expect(text).toMatch(/^secure_ip = \["127.0.0.0\/8", "::1"\];$/m);
  }
  expect(JSON.stringify(alone)).not.toMatch(/teaching|controller\.sock/);
});

test("the gate listens on the link alone", () => {
  expect(wanted.files[`${UNIT}.socket`]?.content).toContain(`ListenStream=[${TEACHING.address}]:11334\n`);
  expect(Object.keys(wanted.services)).toEqual(
    expect.arrayContaining(["rspamd-teaching.socket", "rspamd-teaching.service"]),
  );
});

describe("the gate", () => {
  let gate: ChildProcess;
  let controller: Server;
  let url = "";
  let asked: { path?: string; headers: IncomingHttpHeaders; body: string }[] = [];
  const MESSAGE = `Subject: unwanted\r\n\r\n${"buy it now\r\n".repeat(50_000)}the end`;

  beforeAll(async () => {
    const folder = newFolder();
    const socket = join(folder, "controller.sock");
    controller = createServer(async (request, response) => {
      let body = "";
      for await (const part of request) body += part;
      asked.push({ path: request.url, headers: request.headers, body });
      response.writeHead(request.url === "/learnham" ? 208 : 200).end('{"success":true}');
    });
    await new Promise<void>((resolve) => controller.listen(socket, resolve));
    const program = join(newFolder({ gate: teachingGate(args).replace(CONTROLLER_SOCKET, socket) }), "gate");
    // As systemd does: the listener is the program's third descriptor.
    const start = `import os, socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.execv(sys.executable, [sys.executable, sys.argv[1]])`;
    gate = spawn("python3", ["-c", start, program], { stdio: ["ignore", "pipe", "ignore"] });
    const port = await new Promise((resolve) => gate.stdout?.once("data", (data) => resolve(String(data).trim())));
    url = `http://127.0.0.1:${port}`;
  });
  beforeEach(() => {
    asked = [];
  });
  afterAll(() => {
    gate.kill();
    controller.close();
  });

  test.each([
    ["learnspam", 200],
    ["learnham", 208],
  ])("%s passes, with the whole message, and the answer comes back", async (word, status) => {
    const answer = await fetch(`${url}/${word}`, {
      method: "POST",
      body: MESSAGE,
      headers: { password: "x", flag: "11" },
    });
    expect([answer.status, await answer.text()]).toEqual([status, '{"success":true}']);
    expect(asked.map(({ path, body }) => [path, body === MESSAGE])).toEqual([[`/${word}`, true]]);
    // Nothing of the request but the message: rspamd takes orders from headers.
    expect(Object.keys(asked[0]?.headers ?? {}).sort()).toEqual([
      "accept-encoding",
      "content-length",
      "content-type",
      "host",
    ]);
  });

  test.each([
    ["POST", "/saveactions"],
    ["POST", "/savemap"],
    ["POST", "/statreset"],
    ["POST", "/fuzzyadd"],
    ["POST", "/learnspam?x=1"],
    ["POST", "/learnspam/../saveactions"],
    ["GET", "/stat"],
    ["GET", "/learnspam"],
    ["PUT", "/learnspam"],
    ["GET", "/history"],
  ])("%s %s does not", async (method, path) => {
    const curl = spawnSync("curl", [
      "--path-as-is",
      "-s",
      "-o",
      "/dev/null",
      "-w",
      "%{http_code}",
      "-X",
      method,
      "-d",
      "[]",
      `${url}${path}`,
    ]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([["403", "501"].includes(String(curl.stdout)), asked]).toEqual([true, []]);
  });

  test("more than a message is refused, and what does not say how long it is", async () => {
    const long = await fetch(`${url}/learnspam`, { method: "POST", body: "x".repeat(4 * 1024 ** 2) }).catch(() => ({
      status: 413,
    }));
    const chunked = spawnSync("curl", [
      "-s",
      "-o",
      "/dev/null",
      "-w",
      "%{http_code}",
      "-H",
      "Transfer-Encoding: chunked",
      "-d",
      "x",
      `${url}/learnspam`,
    ]);
    expect([long.status, String(chunked.stdout), asked]).toEqual([413, "411", []]);
  });

  test("where rspamd does not answer, that is said", async () => {
    await new Promise((resolve) => controller.close(resolve));
    const answer = await fetch(`${url}/learnspam`, { method: "POST", body: MESSAGE });
    expect(answer.status).toBe(502);
  });
});

describeInChroot("in a Debian root", () => {
  test("systemd takes the units", () => {
    const units = stage({
      // Without /proc systemd takes the kernel for one without IPv6.
      "rspamd-teaching.socket": (wanted.files[`${UNIT}.socket`]?.content ?? "").replace(/\[fd.*\]/, "127.0.0.1"),
      "rspamd-teaching.service": (wanted.files[`${UNIT}.service`]?.content ?? "").replace(
        /^ExecStart=.*$/m,
        "ExecStart=/bin/true",
      ),
    });
    const { output } = runInChroot(
      ["systemd-analyze", "verify", "--man=no", "rspamd-teaching.socket", "rspamd-teaching.service"],
      { env: { SYSTEMD_UNIT_PATH: `${units}:` } },
    );
    expect(output).not.toMatch(/teaching/);
  });

  test("the real rspamd: who teaches may do everything, and by the gate may not", () => {
    const folder = stage({
      ...contentsOf(wanted),
      "/etc/rspamd/override.d/worker-proxy.inc": "enabled = false;\n",
      "gate.py": teachingGate(args),
      mail: "Subject: unwanted\r\n\r\nbuy it now\r\n",
    });
    // What it prints, a line each: a status of HTTP, straight at rspamd's socket and by the gate.
    const script = `
mount -t tmpfs tmpfs "$ROOT/run"
mount -t tmpfs tmpfs "$ROOT/var/lib/rspamd"
ip link set lo up
mkdir -p "$ROOT/run/rspamd"
chroot "$ROOT" chown _rspamd: /run/rspamd /var/lib/rspamd
chroot "$ROOT" rspamd -f -u _rspamd -g _rspamd --var=LOCAL_CONFDIR=${folder}/etc/rspamd >/dev/null 2>&1 &
for n in $(seq 300); do [ -S "$ROOT${CONTROLLER_SOCKET}" ] && break; sleep 0.2; done
chroot "$ROOT" python3 -c 'import os, socket, sys
listener = socket.create_server(("127.0.0.1", 8080))
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.execv(sys.executable, [sys.executable, sys.argv[1]])' ${folder}/gate.py 2>/dev/null &
sleep 1
ask() { chroot "$ROOT" curl -s -o /dev/null -m 20 -w '%{http_code} ' --data-binary "@${folder}/mail" "$@"; }
for path in learnspam saveactions statreset; do
  ask --unix-socket ${CONTROLLER_SOCKET} "http://rspamd/$path"
  ask "http://127.0.0.1:8080/$path"
done
`;
    const { stdout, stderr } = spawnSync(
      "unshare",
      ["-n", "-m", "-p", "--fork", "--kill-child", "--propagation", "private", "sh", "-c", script],
      { encoding: "utf8", timeout: 110_000, env: { ...process.env, ROOT: outside("/").replace(/\/$/, "") } },
    );
    const [learned, taught, saved, savedByGate, reset, resetByGate] = stdout.trim().split(" ");
    expect({ learned, taught, stderr }).toEqual({
      learned: taught,
      taught: expect.stringMatching(/^[25]\d\d$/),
      stderr: "",
    });
    expect({ savedByGate, resetByGate }).toEqual({ savedByGate: "403", resetByGate: "403" });
    // What the gate is for: rspamd itself lets whoever reaches it.
    expect([saved, reset]).not.toEqual(expect.arrayContaining(["403"]));
  }, 120_000);
});
