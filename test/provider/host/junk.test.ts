/** A host that says something else than the agent would: an error of that host alone, with what it said, and no loss. */
import {
  AgentFailed,
  AgentGarbled,
  AgentSilent,
  type HostError,
  HostPool,
  HostUnreachable,
} from "../../../provider/host";
import { visible } from "../../../system/visible";
import { demo, FakeHost, operatorKey, withFakeHost } from "./fake-host";

jest.setTimeout(30_000);
let mail: FakeHost;
let pool: HostPool;
withFakeHost((made) => ({ mail, pool } = made));

const identity = { privateKey: operatorKey.private };
const observe = (by = pool) => by.observe(mail.host, demo(), {});
const failure = (by = pool, act: Promise<unknown> = observe(by)): Promise<HostError> =>
  act.then(
    () => new Error("it went through") as HostError,
    (error) => error,
  );
/** A pool that is not as patient. */
const limited = async <T>(limits: object, act: (by: HostPool) => Promise<T>) => {
  const by = new HostPool(identity, { limits });
  return await act(by).finally(() => by.close());
};

/** The error is of the host, says what the host said, and does not advise to take it out of service. */
function expectSaid(error: HostError, type: typeof AgentFailed, words: RegExp): void {
  expect(error).toBeInstanceOf(type);
  expect(error).not.toBeInstanceOf(HostUnreachable);
  expect(error.message).toMatch(/^mail1: /);
  expect(error.message).toMatch(words);
  expect(error.message).not.toMatch(/lost: true|undefined/);
  expect(visible(error.message)).toBe(error.message);
  expect(error.message.length).toBeLessThan(3000);
}

describe("a .bashrc", () => {
  test.each([
    ["a greeting", "echo Welcome to mail1"],
    ["one without an end of line", "printf 'last login: today'"],
    ["lines that look like answers", `echo '{"id":1,"result":null}'; echo null; echo '[]'`],
    ["half a character, NUL and escapes", "printf '\\303\\n\\000\\033[2J\\377'"],
    ["a long one", "head -c 30000 /dev/zero | tr '\\0' x"],
    [
      "the words of the beginning, without the number",
      "echo postfleet-agent; echo postfleet-agent 0123456789abcdef0123456789abcdef",
    ],
  ])("that says %s before the agent starts is no matter", async (_what, line) => {
    mail.write("/.bashrc", `${line}\n`);
    expect(await observe()).toMatchObject({ applied: false });
    await pool.apply(mail.host, demo(), undefined);
    expect(mail.read("/etc/demo/map")).toBe("a b\n");
  });

  const slow = () => demo({ prepare: [{ argv: ["sleep", "2"], onChange: [] }] });

  test("that says something once while nobody asks: unnoticed", async () => {
    mail.write("/.bashrc", "[ -e ~/once ] || { touch ~/once; (sleep 1; echo You have mail) & }\n");
    await observe();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await observe();
    expect(mail.agents).toHaveLength(2);
  });

  test("that says something during an apply: its end is heard by another agent", async () => {
    mail.write("/.bashrc", "[ -e ~/once ] || { touch ~/once; (sleep 1; echo You have mail) & }\n");
    expect(await pool.apply(mail.host, slow(), undefined)).toMatchObject({ changed: true, reconnected: true });
  });

  test("that goes on talking: the line is shown, and the apply that runs comes to its end", async () => {
    mail.write("/.bashrc", "(while sleep .5; do printf '\\033]0;x\\007You have mail\\n'; done) &\n");
    const error = await failure(pool, pool.apply(mail.host, slow(), undefined));
    expectSaid(error, AgentGarbled, /"\\x1b\]0;x\\x07You have mail".*goes on to its end/s);
    expect(error.hint).toMatch(/\.bashrc/);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    mail.write("/.bashrc", "");
    const later = new HostPool(identity);
    expect(await observe(later)).toMatchObject({ applied: true, earlier: { result: { changed: true } } });
    await later.close();
  });

  test("that ends the shell: the agent did not start, and that is told with what was said", async () => {
    mail.write("/.bashrc", "echo 'Maintenance, go away'; exit 0\n");
    expectSaid(await failure(), AgentFailed, /did not start.*Maintenance, go away/s);
  });

  test("that has no end, or takes what is meant for the agent: given up after a while", async () => {
    mail.write("/.bashrc", "echo Press a key; cat >/dev/null\n");
    expectSaid(await limited({ start: 1 }, failure), AgentSilent, /within 1 s.*Press a key/s);
  });

  test("that floods: little of it is kept", async () => {
    mail.write("/.bashrc", "yes spam\n");
    expectSaid(await failure(), AgentGarbled, /more than 64 KiB.*spam/);
  });
});

describe("an agent that is none", () => {
  const answers: [string, string, RegExp][] = [
    ["null", "null", /"null"/],
    ["a list", "[1]", /"\[1\]"/],
    ["a number", "5", /"5"/],
    ["nothing of an answer", "{}", /"\{\}"/],
    ["an id that nobody asked for", '{"id":99,"result":{}}', /id/],
    ["an id that is no number", '{"id":"1","result":{}}', /id/],
    ["a number of an inherited name", '{"id":"__proto__","result":{}}', /id/],
    ["neither result nor error", '{"id":1}', /neither/],
    ["an error without a kind", '{"id":1,"error":"x"}', /error/],
    [
      "an error of an inherited kind",
      '{"id":1,"error":{"kind":"constructor","message":"m","details":{}}}',
      /constructor|m/,
    ],
    ["progress that is none", '{"id":1,"progress":7}', /progress/],
    ["text and not JSON", "You have new mail in /var/mail/root", /You have new mail/],
    ["half JSON", '{"id":1,"res', /\{\\?"id/],
    ["a result that is null", '{"id":1,"result":null}', /observe/],
    ["a result without files", '{"id":1,"result":{"packages":{}}}', /observe.*users|users/],
    ["a result with a list for a map", '{"id":1,"result":{"packages":[]}}', /packages/],
    ["deep JSON", `{"id":1,"result":${"[".repeat(200_000)}${"]".repeat(200_000)}}`, /observe/],
    ["deep JSON without an end", "[".repeat(1_000_000), /\[\[\[/],
  ];
  test.each(answers)("answers %s", async (_what, line, words) => {
    mail.write("/line", line);
    mail.impostor = `begin()\nfor request in requests(): say(open(${JSON.stringify(mail.path("/line"))}, "rb").read())`;
    expectSaid(await failure(), AgentFailed, words);
  });

  test("answers twice: the first answer counts, the second is an error of what is open", async () => {
    const busy = `say('{"id":1,"error":{"kind":"HostBusy","message":"m","details":{}}}')`;
    mail.impostor = `begin()\nfor request in requests():\n if request["id"] == 2: ${busy}; ${busy}`;
    const [first, second] = await Promise.all([failure(), failure()]);
    expect(first.name).toBe("HostBusy");
    expectSaid(second, AgentGarbled, /no open request, id 1/);
  });

  test("a result with bytes that are no UTF-8, and names of prototypes", async () => {
    mail.impostor = `begin()\nfor request in requests(): say(b'{"id":1,"result":{"__proto__":{"x":1},"packages":\\xff\\xfe}}')`;
    expectSaid(await failure(), AgentGarbled, /packages/);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  test("ends at once, with 0 and without a word", async () => {
    mail.impostor = "begin()";
    expectSaid(await failure(), AgentFailed, /agent ended/);
  });

  test("ends with a code after a flood on standard error", async () => {
    mail.impostor = "begin()\nfor i in range(300): os.write(2, b'spam ' * 20000)\nos.write(2, b'the end'); sys.exit(3)";
    expectSaid(await failure(), AgentFailed, /exit code 3.*the end/s);
  });

  test("a line without an end takes little memory", async () => {
    mail.impostor = "begin()\nwhile True: os.write(1, b'x' * (1 << 20))";
    const before = process.memoryUsage().rss;
    expectSaid(await failure(), AgentGarbled, /longer than/);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 << 20);
  });

  test.each(["observe", "apply", "remove", "recorded", "read"] as const)("answers never: %s ends", async (op) => {
    mail.impostor = "begin()\ntime.sleep(60)";
    const acts = {
      observe: (by: HostPool) => observe(by),
      apply: (by: HostPool) => by.apply(mail.host, demo(), undefined),
      remove: (by: HostPool) => by.remove(mail.host, demo()),
      recorded: (by: HostPool) => by.recorded(mail.host, "demo"),
      read: (by: HostPool) => by.read(mail.host, "demo", ["/etc/x"]),
    };
    const error = await limited({ silence: 1 }, (by) => failure(by, acts[op](by)));
    expectSaid(error, AgentSilent, /nothing.*for 1 s/s);
    if (op === "apply") expect(error.message).toMatch(/goes on to its end/);
  });

  test("lives, says so, and never ends: the time for a request has an end too", async () => {
    mail.impostor =
      "begin()\nfor request in requests():\n while True: say('{\"id\":%d,\"alive\":true}' % request['id']); time.sleep(.1)";
    expectSaid(await limited({ silence: 1, total: 2 }, failure), AgentSilent, /within 2 s/);
  });

  test("a step without progress that lasts longer than the silence that is allowed is no fault", async () => {
    mail.impostor = undefined;
    await limited({ silence: 17 }, async (by) => {
      const slow = demo({ prepare: [{ argv: ["sleep", "19"], onChange: [] }] });
      expect(await by.apply(mail.host, slow, undefined)).toMatchObject({ changed: true, reconnected: false });
    });
  });
});

test("the other hosts go on, whatever one of them does", async () => {
  const others = await Promise.all(["a1", "b1"].map((name) => new FakeHost(name).listen()));
  mail.impostor = "begin()\nfor request in requests(): say('junk')";
  const all = await Promise.allSettled([observe(), ...others.map(({ host }) => pool.apply(host, demo(), undefined))]);
  expect(all.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
  await Promise.all(others.map((host) => host.close()));
});

test("a host that was garbled is asked once, not once a role", async () => {
  mail.impostor = "begin()\nfor request in requests(): say('junk')";
  expect(await failure()).toBe(await failure());
  expect(mail.agents).toHaveLength(1);
});
