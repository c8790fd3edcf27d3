/** SSH host keys, judged by OpenSSH and by ssh2. */

import { execFileSync } from "node:child_process";
import { type ParsedKey, utils } from "ssh2";
import { onTheWire } from "../../../provider/handler";
import { sshHostKey, sshHostKeyHandler } from "../../../provider/keys/ssh-host-key";
import { UNKNOWN } from "../../../provider/values";
import { keyFile } from "../../support/folder";

const handler = onTheWire(sshHostKeyHandler);

const report = { info: () => {}, warn: () => {}, progress: () => {} };

test.each(["", "mail1", "mail1.example.org", "x".repeat(40)])(
  "OpenSSH reads the key with the comment %j",
  (comment) => {
    const { privateKeyPem, publicKey } = sshHostKey(comment);
    const derived = execFileSync("ssh-keygen", ["-y", "-f", keyFile(privateKeyPem)], { encoding: "utf8" }).trim();
    expect(derived).toBe(comment ? `${publicKey} ${comment}` : publicKey);
  },
);

test("what the private half signs, the public half verifies, and no other does", () => {
  const [mine, other] = [sshHostKey("a"), sshHostKey("a")];
  const key = utils.parseKey(mine.privateKeyPem);
  if (key instanceof Error) throw key;
  const signature = key.sign("session");
  const verify = (line: string) => (utils.parseKey(line) as ParsedKey).verify("session", signature);
  expect([verify(mine.publicKey), verify(other.publicKey)]).toEqual([true, false]);
});

test("made once, secret, and unknown in a preview", async () => {
  const made = await handler.create("urn:a::b::c::mail1-host-key", { comment: "mail1" }, false, report);
  expect(made.id).toBe("mail1-host-key");
  expect(handler.secretOutputs).toEqual(["privateKeyPem"]);
  const state = { ...made, inputs: { comment: "mail1" } };
  expect(handler.diff(state, { comment: "mail2" }, report, false)).toEqual({});
  expect(await handler.update(state, { comment: "mail2" }, false, report)).toEqual({
    ...made.outputs,
    comment: "mail2",
  });
  const preview = await handler.create("urn", {}, true, report);
  expect(preview.outputs).toEqual({ privateKeyPem: UNKNOWN, publicKey: UNKNOWN });
});
