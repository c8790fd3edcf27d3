/** What stands in a key file stays in the key file. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { hostKeyScript } from "../../../../provider/ovh/servers/host-key-script";
import { texts } from "../../../quote/nasty";
import { newFolder } from "../../../support/folder";

test("a key that holds the end of a here-document, or anything else, is written as it is", () => {
  const nasty = texts(21, 40).filter((text) => !/\0|\p{Cs}/u.test(text));
  for (const text of [`-----BEGIN-----\nEND\ntouch /tmp/x\n'`, ...nasty]) {
    const root = newFolder();
    mkdirSync(`${root}/etc/ssh`, { recursive: true });
    const script = hostKeyScript(text, "ssh-ed25519 AAAA").replaceAll("/etc/", `${root}/etc/`);
    const run = spawnSync("sh", ["-s"], { input: script, encoding: "utf8" });
    expect(run).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(readFileSync(`${root}/etc/ssh/ssh_host_ed25519_key`, "utf8")).toBe(`${text.trimEnd()}\n`);
    expect(readFileSync(`${root}/etc/ssh/ssh_host_ed25519_key.pub`, "utf8")).toBe("ssh-ed25519 AAAA\n");
  }
});
