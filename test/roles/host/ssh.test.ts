/** Real sshd and ssh: who fails again and again is turned away for a while; an operator with several keys, and who is allowed, is not. */
import { sshd } from "../../../roles/host/files";
import { describeInChroot } from "../../support/chroot";
import { onIsland } from "../../support/island";

const ADDRESSES = ["192.0.2.100", "192.0.2.101", "198.51.100.7", "2001:db8:1:2::1", "2001:db8:1:2::2"];
const CONFIG = sshd({ hostname: "mail1.example.org", sshFrom: ["203.0.113.0/24"], sshForgives: ["198.51.100.0/24"] });

const STORY = `
import json, os, socket, subprocess, time
answer = os.dup(1)
os.dup2(2, 1)
def sh(command):
    return subprocess.run(command, shell=True, stdout=subprocess.PIPE, text=True).stdout
sh("mkdir -p /run/sshd /root/.ssh; chmod 700 /root/.ssh; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key </dev/null")
for n in range(5):
    sh(f"ssh-keygen -q -t ed25519 -N '' -f /tmp/key{n}")
sh("cp /tmp/key4.pub /root/.ssh/authorized_keys; chmod 600 /root/.ssh/authorized_keys")
subprocess.Popen(["/usr/sbin/sshd", "-D", "-e"])
for _ in range(100):
    try:
        socket.create_connection(("127.0.0.1", 22), 1).close()
        break
    except OSError:
        time.sleep(0.1)
def ssh(address, *keys, to="127.0.0.1"):
    options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=5"
    names = " ".join(f"-i /tmp/key{n}" for n in keys)
    said = sh(f"ssh -b {address} {options} {names} root@{to} echo welcome 2>&1")
    return "in" if "welcome" in said else "denied" if "Permission denied" in said else "turned away"
told = {
    "operator": [ssh("192.0.2.100", 0, 1, 2, 3, 4) for _ in range(8)],
    "guesser": [ssh("192.0.2.101", 0, 1) for _ in range(8)][-1],
    "right key there": ssh("192.0.2.101", 4),
    "beside": ssh("192.0.2.100", 4),
    "allowed": [ssh("198.51.100.7", 0, 1) for _ in range(8)] + [ssh("198.51.100.7", 4)],
    "six": [ssh("2001:db8:1:2::1", 0, to="::1") for _ in range(8)][-1],
    "six beside": ssh("2001:db8:1:2::2", 4, to="::1"),
}
os.write(answer, json.dumps(told).encode())
`;

describeInChroot("sshd", () => {
  test("turns away who guesses, a /64 as a whole, and neither several keys of an operator nor who is allowed", async () => {
    const told = await onIsland<Record<string, string | string[]>>(STORY, {
      addresses: ADDRESSES,
      files: { "/etc/ssh/sshd_config.d/10-postfleet.conf": CONFIG },
    });
    expect(told).toEqual({
      operator: new Array(8).fill("in"),
      guesser: "turned away",
      "right key there": "turned away",
      beside: "in",
      allowed: [...new Array(8).fill("denied"), "in"],
      six: "turned away",
      "six beside": "turned away",
    });
  }, 110_000);
});

test("networks that are forgiven are one word; without any the line is not there", () => {
  expect(CONFIG).toContain("PerSourcePenaltyExemptList 203.0.113.0/24,198.51.100.0/24\n");
  expect(sshd({ hostname: "mail1.example.org" })).not.toContain("ExemptList");
  expect(() => sshd({ hostname: "m", sshForgives: ["192.0.2.1 no"] })).toThrow(/no plain word/);
});
