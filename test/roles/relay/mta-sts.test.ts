/** MTA-STS of the relay: the gate at work between fixtures of its two neighbours, and Debian's daemon with our settings. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { relay } from "../../../roles/relay";
import { daemonConfig, daemonDropIn, GATE_MAP, gateProgram, gateUnit } from "../../../roles/relay/mta-sts";
import { describeInChroot, outside, runInChroot, stage } from "../../support/chroot";
import { book, site } from "./book";
import { Resolver, zone } from "./resolver";

const wanted = relay.manifest({ ...book, ...site, mailstore: { address: "127.0.0.1", port: 24 } });

test("the map that Postfix asks is served before Postfix starts", () => {
  expect(Object.keys(wanted.services)).toEqual([
    "nftables.service",
    "postfix-mta-sts-resolver.service",
    "postfleet-mta-sts.service",
    "postfix@relay.service",
  ]);
});

const netstring = (text: string): string => `${Buffer.byteLength(text)}:${text},`;

/** The first netstring of a text; undefined while it is incomplete. */
function parse(text: string): string | undefined {
  const [length = "", ...rest] = text.split(":");
  const body = rest.join(":");
  return body.length > Number(length) ? body.slice(0, Number(length)) : undefined;
}

/** Asks a socketmap once, socketmap_table(5). */
function ask(path: string, key: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(netstring(`postfix ${key}`)));
    let text = "";
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`closed after "${text}"`)));
    socket.on("data", (data) => {
      text += data.toString();
      const reply = parse(text);
      if (reply === undefined) return;
      resolve(reply);
      socket.destroy();
    });
  });
}

/** Starts a program in the root and waits until its socket is there. */
async function start(argv: string[], socket: string): Promise<ChildProcess> {
  const child = spawn("chroot", [outside("/"), ...argv], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr?.on("data", (data) => (said += data));
  for (let n = 0; !existsSync(outside(socket)); n++) {
    if (n > 200 || child.exitCode !== null) throw new Error(`${argv.join(" ")} does not listen: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return child;
}

const ended = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => {
    child.once("close", resolve);
    child.kill();
  });

describeInChroot("the gate", () => {
  const POLICY = "OK secure match=mx.policy.example servername=hostname";
  let folder = "";
  let gate: ChildProcess;
  let resolver: Resolver;
  let daemon: Server | undefined;
  /** What the daemon says of a domain, and what it was asked. */
  let policies: Record<string, string> = {};
  let asked: string[] = [];

  const startDaemon = (): Promise<void> => {
    daemon = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (data) => {
        const domain = parse(data.toString())?.split(" ")[1] ?? "";
        asked.push(domain);
        socket.write(netstring(policies[domain] ?? "NOTFOUND "));
      });
    });
    return new Promise((resolve) => daemon?.listen(outside(`${folder}/daemon`), resolve));
  };

  beforeAll(async () => {
    folder = stage({ "mta-sts-gate": gateProgram() });
    resolver = await Resolver.start();
    await startDaemon();
    const addresses = [`${folder}/gate`, `${folder}/daemon`, "127.0.0.1", String(resolver.port)];
    gate = await start(["python3", `${folder}/mta-sts-gate`, ...addresses], `${folder}/gate`);
  }, 30_000);
  afterAll(async () => {
    await ended(gate);
    daemon?.close();
    resolver.stop();
  });
  beforeEach(() => {
    policies = { "to.example": POLICY };
    asked = [];
    resolver.asked = [];
  });
  const answer = (key: string) => ask(outside(`${folder}/gate`), key);

  test("without TLSA records the policy holds", async () => {
    resolver.known = zone("to.example", { "mx1.to.example": {}, "mx2.to.example": {} });
    expect(await answer("to.example")).toBe(POLICY);
  });

  test("where every MX host has TLSA records DANE decides, RFC 8461 section 2", async () => {
    resolver.known = zone("to.example", { "mx1.to.example": { tlsa: [3] }, "mx2.to.example": { tlsa: [2, 3] } });
    expect(await answer("to.example")).toBe("NOTFOUND ");
  });

  test("where only some have, mail goes to these: neither of the two is weakened", async () => {
    resolver.known = zone("to.example", { "mx1.to.example": { tlsa: [3] }, "mx2.to.example": {} });
    expect(await answer("to.example")).toBe("OK dane-only");
  });

  test.each([
    [
      "MX records that nobody signed: they may be an attacker's",
      zone("to.example", { "mx.evil.example": { tlsa: [3] } }, false),
    ],
    ["a host whose address nobody signed", zone("to.example", { "mx.to.example": { secure: false, tlsa: [3] } })],
    [
      "a host in an unsigned zone whose server does not know their type",
      zone("to.example", { "mx.to.example": { secure: false, tlsa: "fails" } }),
    ],
    [
      "records of a kind that SMTP does not use, RFC 7672 section 3.1",
      zone("to.example", { "mx.to.example": { tlsa: [0, 1] } }),
    ],
  ])("the policy holds against TLSA records behind %s", async (_what, known) => {
    resolver.known = known;
    expect(await answer("to.example")).toBe(POLICY);
  });

  test("TLSA records that cannot be had are DANE's matter: Postfix does not send there either", async () => {
    resolver.known = zone("to.example", { "mx.to.example": { tlsa: "fails" } });
    expect(await answer("to.example")).toBe("NOTFOUND ");
  });

  test("an MX host without an address does not count", async () => {
    const known = zone("to.example", { "mx1.to.example": { tlsa: [3] }, "gone.to.example": {} });
    delete known["gone.to.example A"];
    resolver.known = known;
    expect(await answer("to.example")).toBe("NOTFOUND ");
  });

  test("a domain without MX is its own host", async () => {
    resolver.known = {
      ...zone("to.example", { "to.example": { tlsa: [3] } }),
      "to.example MX": { records: [], secure: true },
    };
    expect(await answer("to.example")).toBe("NOTFOUND ");
  });

  test("a domain without a policy costs no DNS question", async () => {
    expect(await answer("plain.example")).toBe("NOTFOUND ");
    expect([asked, resolver.asked]).toEqual([["plain.example"], []]);
  });

  test.each([".example", "[mx.to.example]", "[mx.to.example]:587", "to.example:25"])(
    "%s is no domain: the daemon is not asked",
    async (key) => {
      expect(await answer(key)).toBe("NOTFOUND ");
      expect(asked).toEqual([]);
    },
  );

  test("a domain in other letters is asked for in its form for DNS", async () => {
    expect(await answer("Bücher.example")).toBe("NOTFOUND ");
    expect(asked).toEqual(["xn--bcher-kva.example"]);
  });

  test("mail waits when DNS does not answer", async () => {
    resolver.known = {};
    expect(await answer("to.example")).toBe("TEMP MTA-STS: NoNameservers");
  });

  test.each(["TEMP later", "PERM no", "", "OK"])("mail waits when the daemon says '%s'", async (reply) => {
    policies = { "to.example": reply };
    resolver.known = zone("to.example", { "mx.to.example": {} });
    expect(await answer("to.example")).toBe("TEMP MTA-STS: ValueError");
  });

  test("one connection may ask many times, in pieces", async () => {
    resolver.known = zone("to.example", { "mx.to.example": {} });
    const text = netstring("postfix to.example") + netstring("postfix plain.example");
    const replies = await new Promise<string>((resolve) => {
      const socket = connect(outside(`${folder}/gate`), () => {
        socket.write(text.slice(0, 9));
        setTimeout(() => socket.write(text.slice(9)), 20);
      });
      let got = "";
      socket.on("data", (data) => {
        got += data.toString();
        if (!got.endsWith("NOTFOUND ,")) return;
        resolve(got);
        socket.destroy();
      });
    });
    expect(replies).toBe(netstring(POLICY) + netstring("NOTFOUND "));
  });

  test.each(["nonsense", "99999999:x", "-1:,"])(
    "'%s' is no request: the connection ends, the gate does not",
    async (text) => {
      await new Promise<void>((resolve) => {
        const socket = connect(outside(`${folder}/gate`), () => socket.end(text));
        socket.on("close", () => resolve()).resume();
      });
      expect(await answer("plain.example")).toBe("NOTFOUND ");
    },
  );

  describe("through Postfix's own client", () => {
    const map = () => GATE_MAP.replace("/run/postfleet-mta-sts", folder);
    // Not spawnSync: the resolver lives in this process.
    const run = (argv: string[]): Promise<{ status: unknown; output: string }> =>
      new Promise((resolve) => {
        execFile("chroot", [outside("/"), ...argv], (error, stdout, stderr) =>
          resolve({ status: error?.code ?? 0, output: stdout + stderr }),
        );
      });
    const probe = wanted.health.flatMap((each) => (each.kind === "command" ? each.argv : []));
    const health = () => run(probe.map((word) => word.replace(GATE_MAP, map()).replace(" -c /etc/postfix-relay", "")));

    test("Debian's daemon starts with our settings, and the health probe asks through both", async () => {
      daemon?.close();
      rmSync(outside(`${folder}/daemon`), { force: true });
      expect((await health()).status).toBe(1);
      const settings = stage({ "daemon.yml": daemonConfig() }, (text, at) =>
        text.replace("/run/mta-sts/daemon", `${folder}/daemon`).replace("/var/lib/mta-sts", at),
      );
      const real = await start(["mta-sts-daemon", "-c", `${settings}/daemon.yml`], `${folder}/daemon`);
      try {
        expect((await health()).status).toBe(0);
      } finally {
        await ended(real);
        rmSync(outside(`${folder}/daemon`), { force: true });
      }
    }, 30_000);

    test("without the daemon a lookup fails, which defers the mail", async () => {
      expect((await run(["postmap", "-q", "to.example", map()])).output).toMatch(
        /MTA-STS: FileNotFoundError|lookup error/,
      );
    });
  });

  test("without the daemon DANE goes on deciding where it does", async () => {
    resolver.known = zone("to.example", { "mx.to.example": { tlsa: [3] } });
    expect(await answer("to.example")).toBe("NOTFOUND ");
    resolver.known = zone("to.example", { "mx.to.example": {} });
    expect(await answer("to.example")).toMatch(/^TEMP MTA-STS: /);
  });
});

describeInChroot("systemd", () => {
  test("takes the units", () => {
    const units = stage({
      "postfleet-mta-sts.service": gateUnit().replace(/^ExecStart=.*$/m, "ExecStart=/bin/true"),
      "postfix-mta-sts-resolver.service.d/postfleet.conf": daemonDropIn(),
    });
    const names = ["postfleet-mta-sts.service", "postfix-mta-sts-resolver.service"];
    const { output } = runInChroot(["systemd-analyze", "verify", "--man=no", ...names], {
      env: { SYSTEMD_UNIT_PATH: `${units}:` },
    });
    expect(output).not.toMatch(/mta-sts/);
  });
});
