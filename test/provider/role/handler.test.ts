/** `postfleet:host:Role` between the engine and the hosts: what is asked, told, refused and left alone. */
import { onTheWire, type ResourceState, SILENT, type WireHandler } from "../../../provider/handler";
import type { RoleInputs } from "../../../provider/manifest";
import { RoleHandler } from "../../../provider/role/handler";
import { UNKNOWN } from "../../../provider/values";
import { FakeHosts, HOST, mx, textFile, values } from "./fake-hosts";

const URN = "urn:pulumi:lab::postfleet::postfleet:host:Role::mx";
const MAIN = "/etc/postfix-mx/main.cf";
let hosts: FakeHosts;
let role: WireHandler;
let told: string[];
const report = {
  info: (message: string) => void told.push(message),
  warn: (message: string) => void told.push(`warning: ${message}`),
  progress: () => {},
};
const state = (inputs = mx()): ResourceState => ({ id: "mail1/mx", inputs: values(inputs), outputs: values(inputs) });

beforeEach(() => {
  [hosts, told] = [new FakeHosts(), []];
  role = onTheWire(new RoleHandler(hosts, { mail1: HOST }));
});

/** A preview as the engine makes one: read, a diff of its own, the diff with what the program wants. */
async function preview(was: RoleInputs, wanted: RoleInputs) {
  const read = await role.read(state(was), report);
  if (!read) throw new Error("the role is gone");
  await role.diff(read, read.inputs, SILENT, true);
  return role.diff(read, values(wanted), report, false);
}

test("create applies, and is named <host>/<role>; its preview contacts nobody", async () => {
  expect(await role.create(URN, values(mx()), true, report)).toMatchObject({ outputs: { role: "mx" } });
  expect(hosts.calls).toEqual([]);
  expect((await role.create(URN, values(mx()), false, report)).id).toBe("mail1/mx");
  expect(hosts.calls).toEqual(["apply mail1 mx"]);
});

test("outputs are what others see: everything but the contents of files, in previews too", async () => {
  const inputs = values(mx());
  const read = await role.read(state(), report);
  const all = [
    (await role.create(URN, inputs, true, report)).outputs,
    (await role.create(URN, inputs, false, report)).outputs,
    await role.update(state(), inputs, false, report),
    read?.outputs,
  ];
  for (const outputs of all) {
    expect(outputs).toMatchObject({ role: "mx", host: { name: "mail1" }, files: { [MAIN]: { owner: "root" } } });
    expect(JSON.stringify(outputs)).not.toContain('"content"');
  }
  expect(JSON.stringify(read?.inputs)).toContain('"content"');
  const unknown = (await role.create(URN, { ...inputs, files: UNKNOWN }, true, report)).outputs;
  expect(unknown).toMatchObject({ files: UNKNOWN });
});

test("a host as it was left: no change, and not a word", async () => {
  expect(await preview(mx(), mx())).toEqual({});
  expect(hosts.calls).toEqual(["observe mail1 mx"]);
  expect(told).toEqual([]);
});

test("a line edited on the host is told once, as done by hand; the engine's own diff says nothing", async () => {
  hosts.live = (seen) => {
    seen.files[MAIN] = { ...seen.files[MAIN], kind: "file", sha256: "other", content: "a = 1\nb = 9\n" };
  };
  expect(await preview(mx(), mx())).toEqual({ [`files["${MAIN}"].content`]: "update" });
  expect(told).toEqual([
    `mail1 mx\n  ~ ${MAIN}  (changed on the host, not by Postfleet)\n      line 2:\n      - b = 9\n      + b = 2\n` +
      "  reloads postfix@mx.service",
  ]);
});

test("a change of the program is not taken for one by hand, even where both are in one file", async () => {
  const wanted = mx({ files: { [MAIN]: textFile("a = 3\nb = 2\n") } });
  await preview(mx(), wanted);
  expect(told[0]).toContain("- a = 1\n      + a = 3");
  expect(told[0]).not.toContain("not by Postfleet");
});

test("the content of a secret file is in no message and no change, whoever changed it", async () => {
  hosts.live = (seen) => {
    seen.secretFiles["/etc/key"] = { kind: "file", mode: "0644", owner: "root", group: "root", sha256: "abc" };
  };
  const changes = await preview(mx(), mx({ secretFiles: { "/etc/key": textFile("brand-new\n", "0600") } }));
  expect(Object.keys(changes)).toEqual(['secretFiles["/etc/key"].content', 'secretFiles["/etc/key"].mode']);
  expect(told.join()).toContain("secret file /etc/key: content differs");
  expect(JSON.stringify([changes, told])).not.toMatch(/hush-hush|brand-new/);
});

describe("a host that is another one by now", () => {
  const elsewhere = { ...HOST, address: "192.0.2.9", hostKeys: ["ssh-ed25519 BBBB"] };

  test("is observed where the program says that it is, and lacks everything", async () => {
    hosts.unreachable = HOST.address;
    hosts.live = (seen) => {
      seen.files = {};
    };
    const changes = await preview(mx(), { ...mx(), host: elsewhere });
    expect(changes).toMatchObject({ "host.address": "update", [`files["${MAIN}"]`]: "add" });
    expect(hosts.calls).toEqual(["observe mail1 mx", "observe mail1 mx"]);
  });

  test("shows another key than the pinned one: an error, unless the program has a new pin", async () => {
    hosts.mismatch = HOST.hostKeys[0];
    await expect(preview(mx(), mx())).rejects.toThrow("another host key");
    const repinned = { ...HOST, hostKeys: ["ssh-ed25519 BBBB"] };
    expect(await preview(mx(), { ...mx(), host: repinned })).toEqual({ "host.hostKeys": "update" });
  });

  test("is not looked at where its installation is still to come: every role is shown as changed", async () => {
    expect(await preview(mx(), { ...mx(), host: UNKNOWN as unknown as typeof HOST })).toEqual({ host: "update" });
    expect(hosts.calls).toEqual(["observe mail1 mx"]);
  });
});

test("an update applies once, and its preview not at all", async () => {
  await role.update(state(), values(mx()), true, report);
  expect(hosts.calls).toEqual([]);
  expect(await role.update(state(), values(mx({ keep: ["/srv"] })), false, report)).toMatchObject({ keep: ["/srv"] });
  expect(hosts.calls).toEqual(["apply mail1 mx"]);
});

test("delete takes the role off the host", async () => {
  await role.delete(state(), report);
  expect(hosts.calls).toEqual(["remove mail1 mx"]);
});

describe("a host that does not answer", () => {
  beforeEach(() => {
    hosts.down = true;
  });

  test("is an error of the person's diff alone, complete with a hint, once", async () => {
    const read = await role.read(state(), report);
    expect(read?.inputs).toEqual(values(mx()));
    expect(await role.diff(read as ResourceState, values(mx()), SILENT, true)).toEqual({});
    await expect(role.diff(read as ResourceState, values(mx()), report, false)).rejects.toThrow(
      /^mail1: no SSH connection to 192\.0\.2\.1:22\nhint: is it on\?$/,
    );
  });

  test("and is declared lost: only that changes, and nobody asks it again", async () => {
    const lost = { ...mx({ files: {} }), host: { ...HOST, lost: true } };
    expect(await preview(mx(), lost)).toEqual({ "host.lost": "add" });
    await role.update(state(), values(lost), false, report);
    expect(await preview(lost, lost)).toEqual({});
    await role.delete(state(lost), report);
    expect(hosts.calls).toEqual(["observe mail1 mx"]); // before it was declared lost
    expect(told).toEqual(["warning: mail1 is lost: the role mx is only forgotten, nothing is removed there"]);
  });

  test("a role cannot be created on it, nor removed", async () => {
    await expect(role.create(URN, values(mx()), false, report)).rejects.toThrow("mail1: no SSH connection");
    await expect(role.delete(state(), report)).rejects.toThrow("mail1: no SSH connection");
  });
});

describe("what a preview does not know yet", () => {
  test.each([
    ["a content", { ...values(mx()), files: { [MAIN]: { ...textFile(UNKNOWN) } } }],
    ["all files", { ...values(mx()), files: UNKNOWN }],
    ["the commands", { ...values(mx()), prepare: UNKNOWN }],
    ["the host", { ...values(mx()), host: UNKNOWN }],
  ])("%s is accepted, and changes", async (_story, news) => {
    expect(role.check(URN, news)).toEqual([]);
    await role.create(URN, news, true, report);
    const changes = await role.diff(state(), news, report, false);
    expect(Object.keys(changes)).toHaveLength(1);
    expect(told.join()).not.toContain(UNKNOWN);
    expect(hosts.calls).toEqual([]);
  });
});

describe("check", () => {
  test("says all that is wrong at once", () => {
    const bad = {
      ...mx({ role: "Mx" } as Partial<RoleInputs>),
      host: { ...HOST, hostKeys: ["ssh-ed25519 AAAA mail1", "banana"] },
      files: { "etc/x": textFile("", "644"), "/etc/../y": textFile("") },
    };
    const failures = role.check(URN, values(bad));
    expect(failures.map(({ property }) => property)).toEqual([
      ...["role", "host.hostKeys", "host.hostKeys"],
      ...['files["etc/x"]', 'files["etc/x"].mode', 'files["/etc/../y"]'],
    ]);
    expect(role.check(URN, values({ ...mx(), host: { ...HOST, hostKeys: [] } }))[0]?.reason).toMatch(/mail1.*hint:/s);
  });

  test("two roles with different contents at one path are refused, both named; the same content is shared", () => {
    const other = (content: string) => values({ ...mx({ files: { [MAIN]: textFile(content) } }), role: "relay" });
    expect(role.check(URN, values(mx()))).toEqual([]);
    expect(role.check(`${URN}2`, other("a = 1\nb = 2\n"))).toEqual([]);
    const [failure, ...more] = role.check(`${URN}2`, other("a = 7\n"));
    expect(more).toEqual([]);
    expect(failure?.property).toBe(`files["${MAIN}"]`);
    expect(failure?.reason).toContain(`${MAIN} on mail1 is claimed by the roles mx and relay with different content`);
    const elsewhere = { ...other("a = 7\n"), host: values(mx({})).host as object, role: "relay" };
    expect(role.check(`${URN}3`, { ...elsewhere, host: { ...HOST, name: "mail2" } } as never)).toEqual([]);
  });
});

describe("import", () => {
  const imported = (id: string) => role.read({ id, inputs: {}, outputs: {} }, report);

  test("finds the host by the name in the id, and the role by what the host recorded", async () => {
    hosts.role = mx(); // with the true secret
    const found = await imported("mail1/mx");
    expect(hosts.calls).toEqual(["recorded mail1 mx", "observe mail1 mx"]);
    expect(found?.inputs).toMatchObject({ host: HOST, role: "mx", files: mx().files });
    expect(JSON.stringify(found)).not.toContain("hush-hush");
    // The very next diff is the person's: a program that says the same has nothing to change, the secret included.
    expect(await role.diff(found as ResourceState, values(mx()), report, false)).toEqual({});
    const other = mx({ secretFiles: { "/etc/key": textFile("other\n", "0600") } });
    expect(await role.diff(found as ResourceState, values(other), report, false)).toEqual({
      'secretFiles["/etc/key"].content': "update",
    });
  });

  test.each([
    ["mx", /"mx" names no role to import\nhint: it is <host>\/<role>/],
    ["mail1/mx/x", /names no role to import/],
    ["mail9/mx", /no host "mail9" to import mail9\/mx from; the provider knows mail1\nhint: /],
  ])("%s is refused before anybody is asked", async (id, message) => {
    await expect(imported(id)).rejects.toThrow(message);
    expect(hosts.calls).toEqual([]);
  });

  test("of a host that does not answer is an error at once", async () => {
    hosts.down = true;
    await expect(imported("mail1/mx")).rejects.toThrow("mail1: no SSH connection");
  });
});
