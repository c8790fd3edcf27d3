/** A role as its host knows it, for an import: what was applied, with the files as they are now, and no secret. */
import { rmSync } from "node:fs";
import { type HostPool, NotRecorded, sha256 } from "../../../provider/host";
import { demo, type FakeHost, file, withFakeHost } from "./fake-host";

jest.setTimeout(30_000);
let mail: FakeHost;
let pool: HostPool;
withFakeHost((made) => ({ mail, pool } = made));

test("gives back the manifest that was applied, with contents but for the secret", async () => {
  const wanted = demo({
    validate: [{ argv: ["true"] }],
    prepare: [{ argv: ["true"], onChange: ["/etc/demo/map"] }],
    keep: ["/srv/demo"],
    health: [{ kind: "command", argv: ["true"], timeout: 1 }],
  });
  await pool.apply(mail.host, wanted, undefined);
  const secret = { ...file("", "0600"), content: `(content of SHA-256 ${sha256("hunter2-of-the-test\n")})` };
  expect(await pool.recorded(mail.host, "demo")).toEqual({ ...wanted, secretFiles: { "/etc/demo/secret": secret } });
});

test("shows a file as it is now, and one that is gone by its hash", async () => {
  await pool.apply(mail.host, demo(), undefined);
  mail.write("/etc/demo/map", "by hand\n");
  rmSync(mail.path("/etc/demo/main.conf"));
  const { files } = await pool.recorded(mail.host, "demo");
  expect(files["/etc/demo/map"]?.content).toBe("by hand\n");
  expect(files["/etc/demo/main.conf"]?.content).toBe(`(content of SHA-256 ${sha256("one\ntwo\n")})`);
});

test("a role that is not there: the error names those that are", async () => {
  const nothing = await pool.recorded(mail.host, "mx").catch((error) => error);
  expect(nothing).toBeInstanceOf(NotRecorded);
  expect(nothing.message).toMatch(/^mail1: role mx: it is not applied on this host; applied are none\nhint: /);
  await pool.apply(mail.host, demo(), undefined);
  await expect(pool.recorded(mail.host, "mx")).rejects.toThrow("applied are demo");
});
