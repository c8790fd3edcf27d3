/** One command on a host: its words, its ends, and its limits. */
import { runOn } from "../../../provider/host";
import { failureOf } from "../../support/failure";
import { type FakeHost, operatorKey, withFakeHost } from "./fake-host";

let mail: FakeHost;
withFakeHost((made) => {
  mail = made.mail;
});
const identity = { privateKey: operatorKey.private };
const run = (...argv: string[]) => runOn({ ...mail.host, user: "root" }, identity, argv);

test("words arrive as they are, whatever a shell would make of them", async () => {
  const words = ["a b", "$HOME", "'", "; exit 7", "ü", ""];
  expect(await run("printf", "%s|", ...words)).toEqual({
    status: 0,
    stdout: words.map((word) => `${word}|`).join(""),
    stderr: "",
  });
});

test("a status that is not 0 is an answer, with what was said", async () => {
  expect(await run("sh", "-c", "echo out; echo err >&2; exit 3")).toEqual({
    status: 3,
    stdout: "out\n",
    stderr: "err\n",
  });
});

test("what takes too long or says too much is an error of that host", async () => {
  const limited = (argv: string[]) =>
    failureOf(runOn({ ...mail.host, user: "root" }, identity, argv, { length: 1000, seconds: 1 }));
  expect((await limited(["sleep", "2"])).message).toContain("mail1: the command sleep 2: it did not end within 1 s");
  expect((await limited(["seq", "1000"])).message).toContain("it printed more than 1000 characters");
});

test("a host that shows another key is not spoken to", async () => {
  const other = {
    ...mail.host,
    hostKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAtVtbr0OAvfL9CAsMqhjLSBAVRmKQMGlZ0w2CH8wlUR"],
  };
  expect((await failureOf(runOn(other, identity, ["true"]))).message).toContain("another host key");
});
