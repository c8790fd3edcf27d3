/** A plain preview names what nobody declared; it is no change, and `up` leaves it alone. */
import { ok, on, pulumi } from "../support/lab";

/** What is planted on mail1 -> how, and how it is taken away. */
const PLANTS: [what: string, plant: string, undo: string][] = [
  ["file /etc/nftables.d/zz.nft", "echo 'tcp dport 4444 accept' > /etc/nftables.d/zz.nft", "rm /etc/nftables.d/zz.nft"],
  [
    "file /etc/nginx/conf.d/zz.conf",
    "echo 'server { listen 8081; }' > /etc/nginx/conf.d/zz.conf",
    "rm /etc/nginx/conf.d/zz.conf",
  ],
  [
    "file /etc/systemd/system/postfix@mx.service.d/override.conf",
    "mkdir -p /etc/systemd/system/postfix@mx.service.d; echo '[Service]' > /etc/systemd/system/postfix@mx.service.d/override.conf",
    "rm /etc/systemd/system/postfix@mx.service.d/override.conf; rmdir --ignore-fail-on-non-empty /etc/systemd/system/postfix@mx.service.d",
  ],
  ["user eve", "useradd --shell /bin/bash eve", "userdel eve"],
  [
    "key root SHA256:",
    "cp -p /root/.ssh/authorized_keys /root/keys.saved; ssh-keygen -q -t ed25519 -N '' -C eve@home -f /root/eve; cat /root/eve.pub >> /root/.ssh/authorized_keys",
    "mv /root/keys.saved /root/.ssh/authorized_keys; rm -f /root/eve /root/eve.pub",
  ],
  [
    "file /etc/rspamd/override.d/zz.inc",
    "mkdir -p /etc/rspamd/override.d; echo > /etc/rspamd/override.d/zz.inc",
    "rm /etc/rspamd/override.d/zz.inc",
  ],
  ["file /etc/sudoers.d/eve", "mkdir -p /etc/sudoers.d; echo > /etc/sudoers.d/eve", "rm /etc/sudoers.d/eve"],
  ["file /etc/cron.d/zz", "mkdir -p /etc/cron.d; echo > /etc/cron.d/zz", "rm /etc/cron.d/zz"],
  ["changed /etc/nginx/nginx.conf", "echo '# x' >> /etc/nginx/nginx.conf", "sed -i '$d' /etc/nginx/nginx.conf"],
  [
    "link /etc/systemd/system/multi-user.target.wants/zz.service",
    "ln -s /etc/systemd/system/zz.service /etc/systemd/system/multi-user.target.wants/zz.service",
    "rm /etc/systemd/system/multi-user.target.wants/zz.service",
  ],
  [
    "port tcp 127.0.0.1:4444",
    "systemd-run --quiet --unit=zz-port /usr/bin/python3 -c 'import socket, time; s = socket.create_server((\"127.0.0.1\", 4444)); time.sleep(600)'",
    "systemctl stop zz-port.service",
  ],
];

const preview = async () => (await pulumi(["preview", "--expect-no-changes"])) as { status: number; output: string };
const strangers = (output: string) =>
  output.split("\n").filter((line) => /nobody declared|not on the host any more/.test(line));

test("a fresh site has nothing that nobody declared", async () => {
  const { status, output } = await preview();
  // The whole output, so that a failure shows what is there.
  expect(strangers(output).length > 0 ? output : "").toBe("");
  expect(status).toBe(0);
}, 120_000);

describe("somebody adds things beside what is declared", () => {
  beforeAll(async () => {
    for (const [, plant] of PLANTS) await ok("mail1", plant);
  }, 120_000);
  afterAll(async () => {
    for (const [, , undo] of PLANTS) await on("mail1", undo);
  }, 120_000);

  test("the preview names each of them, in one warning, and expects no change", async () => {
    const { status, output } = await preview();
    const lines = output.split("\n").map((line) => line.trim());
    const unnamed = PLANTS.map(([what]) => what).filter((what) => !lines.some((line) => line.startsWith(what)));
    expect(unnamed).toEqual([]);
    // Once among the diagnostics, besides what the progress says.
    expect(output.match(/^ +warning: mail1 host: nobody declared these/gm)).toHaveLength(1);
    expect(output).not.toContain("back1 host: nobody declared");
    expect(status).toBe(0);
  }, 120_000);

  test("an update leaves them alone", async () => {
    expect((await pulumi(["up", "--yes", "--skip-preview"])).status).toBe(0);
    expect((await on("mail1", "test -e /etc/nftables.d/zz.nft && id eve")).status).toBe(0);
  }, 300_000);
});

test("when they are gone, the preview is quiet again", async () => {
  const { status, output } = await preview();
  expect(strangers(output)).toEqual([]);
  expect(status).toBe(0);
}, 120_000);
