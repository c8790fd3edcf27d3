/** `learn` at work, with stand-ins for curl and logger: what each filter is sent, and what is said when one does not answer. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type MailstoreArgs, mailstore } from "../../../roles/mailstore";
import { newFolder } from "../../support/folder";

const ARGS: Omit<MailstoreArgs, "controllers"> = {
  hostname: "mail1.example.org",
  postmaster: "postmaster@example.org",
  relayHosts: ["192.0.2.11"],
  submissionHosts: ["192.0.2.12"],
};
const FIRST = "192.0.2.13:11334";
const SECOND = "192.0.2.14:11334";
/** More than one read of a shell, line ends of mail, and no line end at the end. */
const MESSAGE = `Subject: unwanted\r\n\r\n${"buy it now, $(reboot) `reboot` \\0\r\n".repeat(3000)}the end`;

const learn = (controllers: string[]) =>
  mailstore.manifest({ ...ARGS, controllers }).files["/usr/local/lib/postfleet/mailstore/learn"]?.content ?? "";

/** Keeps what it was sent under the address it was sent to, and fails like the real one where `DEAD` is a part of that. */
const CURL = `#!/bin/sh
for word; do
  case "$word" in
    @-) file= ;;
    @*) file=\${word#@} ;;
    http://*) url=$word ;;
  esac
done
case "$url" in *"$DEAD"*) echo "curl: (7) Failed to connect"; exit 7 ;; esac
cat \${file:+"$file"} >"$SENT/$(printf %s "\${url#http://}" | tr / ' ')"
`;
const LOGGER = `#!/bin/sh
printf '%s\\n' "$*" >>"$SENT/log"
`;

/** Runs it as somebody who is not root, as Dovecot does. */
function run(controllers: string[], word: string, dead = "nobody") {
  const programs = newFolder({
    // The real one names curl and logger by their paths: here they are found on PATH.
    learn: learn(controllers).replace(/\/usr\/bin\/(?=curl|logger)/g, ""),
    curl: CURL,
    logger: LOGGER,
  });
  for (const name of ["", "learn", "curl", "logger"]) chmodSync(join(programs, name), 0o755);
  const [sent, temporary] = [newFolder(), newFolder()];
  for (const folder of [sent, temporary]) chmodSync(folder, 0o777);
  const { status, stdout, stderr } = spawnSync(join(programs, "learn"), [word], {
    input: MESSAGE,
    encoding: "utf8",
    cwd: "/",
    env: { PATH: `${programs}:/usr/bin:/bin`, SENT: sent, DEAD: dead, TMPDIR: temporary },
    ...(process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}),
  });
  const read = (name: string) => readFileSync(join(sent, name), "utf8");
  const log = existsSync(join(sent, "log")) ? read("log").trimEnd().split("\n") : [];
  const received = Object.fromEntries(
    readdirSync(sent)
      .filter((name) => name !== "log")
      .map((name) => [name, read(name) === MESSAGE ? "all of it" : `${read(name).length} bytes that differ`]),
  );
  return { status, said: stdout + stderr, log, received, left: readdirSync(temporary) };
}

test("the program names every filter", () => {
  const text = learn([FIRST, SECOND]);
  expect(text).toContain(FIRST);
  expect(text).toContain(SECOND);
});

test.each([
  ["one filter", "spam", [FIRST]],
  ["two filters", "spam", [FIRST, SECOND]],
  ["two filters", "ham", [FIRST, SECOND]],
])("%s: each is taught the whole message as %s, and nothing of it stays behind", (_many, word, controllers) => {
  expect(run(controllers, word)).toEqual({
    ...{ status: 0, said: "", log: [], left: [] },
    received: Object.fromEntries(controllers.map((controller) => [`${controller} learn${word}`, "all of it"])),
  });
});

test.each([
  [FIRST, SECOND],
  [SECOND, FIRST],
])(
  "a filter that does not answer (%s) is in the log, the other is taught, and the person's move stands",
  (dead, alive) => {
    const { status, log, received, left } = run([FIRST, SECOND], "spam", dead);
    expect([status, left]).toEqual([0, []]);
    expect(received).toEqual({ [`${alive} learnspam`]: "all of it" });
    expect(log).toEqual([
      `-t postfleet-learn -p mail.warning learning as spam failed at ${dead}: curl: (7) Failed to connect`,
    ]);
  },
);

test("the only filter does not answer: the move stands", () => {
  const { status, log, received } = run([FIRST], "ham", FIRST);
  expect([status, received]).toEqual([0, {}]);
  expect(log).toEqual([expect.stringContaining(`learning as ham failed at ${FIRST}: `)]);
});

test("a site without a filter teaches nobody, and that is no error", () => {
  expect(run([], "spam")).toEqual({ status: 0, said: "", log: [], received: {}, left: [] });
});

test.each([[[FIRST]], [[FIRST, SECOND]]])("anything but spam and ham is refused: %j", (controllers) => {
  const { status, received, left } = run(controllers, "eggs");
  expect({ status, received, left }).toEqual({ status: 64, received: {}, left: [] });
});
