"""What nobody declared, as the agent lists it.

undeclared.py ROOT --list   as root; prints the listing of the host below ROOT ("/": this one), and the seconds of the
                            processor and of the clock that it took, as JSON
undeclared.py ROOT          as root; plants things one by one in a Debian root that is a copy (see the test), and prints
                            what the listing says before, and what each of them adds to it, as JSON
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

from scratch import use

root = pathlib.Path(sys.argv[1]).resolve()
use("" if str(root) == "/" else root)


def listing():
    from agent.undeclared import undeclared

    begun = time.process_time(), time.monotonic()
    found = undeclared()
    return found, [round(time.process_time() - begun[0], 3), round(time.monotonic() - begun[1], 3)]


if "--list" in sys.argv:
    first, again = listing(), listing()
    print(json.dumps({"found": first[0], "seconds": {"first": first[1], "again": again[1]}}, indent=1))
    sys.exit()


def at(path):
    path = root / path.lstrip("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def write(path, content="planted\n", mode=0o644):
    at(path).write_text(content)
    at(path).chmod(mode)


def add(path, line):
    with open(at(path), "a") as file:
        file.write(line)


def link(path, target):
    at(path).symlink_to(target)


def claimed():
    """A host where Postfleet did its work: its packages, a file, a unit that it enabled and one that it masked."""
    by_hand = re.findall(r"^Package: (\S+)$", at("/var/lib/dpkg/status").read_text(), re.M)
    record = {
        "role": "host",
        "packages": dict.fromkeys(by_hand, "present"),
        "links": {},
        "keep": ["/etc/postfleet/tls"],
        "directories": {"/etc/nftables.d": {}},
    }
    record["files"] = {"/etc/nftables.d/mx.nft": {}, "/etc/postfix-mx/main.cf": {}, "/etc/postfix-mx/map": {}}
    record["files"]["/etc/systemd/system/postfleet-renew.service"] = {}
    record["files"] |= {TABLE_OF_A_ROLE: {}, "/etc/nftables.conf": {}, "/usr/bin/nft": {}, "/usr/bin/unshare": {}}
    record["sysctl"] = {"kernel.yama.ptrace_scope": "1"}
    record["services"] = {
        "postfix@mx.service": {"enabled": True, "running": True},
        "getty.service": {"enabled": False, "running": False, "masked": True},
    }
    record["users"] = {"vmail": {"home": "/var/vmail", "shell": "/usr/sbin/nologin", "groups": ["mail"]}}
    plain = [path for path in record["files"] if "nft" not in path and "bin/" not in path]
    for path in (*plain, "/etc/postfix-mx/map.lmdb", "/etc/postfleet/tls/mail1/privkey.pem"):
        write(path)
    link("/etc/systemd/system/multi-user.target.wants/postfix@mx.service", "/usr/lib/systemd/system/postfix@.service")
    link("/etc/systemd/system/getty.service", "/dev/null")
    add("/etc/passwd", "vmail:x:990:990::/var/vmail:/usr/sbin/nologin\n")
    at("/etc/group").write_text(at("/etc/group").read_text().replace("mail:x:8:\n", "mail:x:8:vmail\n"))
    record["files"]["/etc/wireguard/postfleet.conf"] = {}
    write("/etc/wireguard/postfleet.conf", "[Interface]\nListenPort = 51820\n")
    write("/etc/ssh/ssh_host_ed25519_key", mode=0o600)
    write("/etc/nftables.conf", FIREWALL)
    write("/usr/bin/nft", f'#!/bin/sh\nexec chroot {root} /usr/sbin/nft "$@"\n', 0o755)
    # This machine's own, where the root's would miss its libraries.
    at("/usr/bin/unshare").unlink()
    write("/usr/bin/unshare", '#!/bin/sh\nexec /usr/bin/unshare "$@"\n', 0o755)
    nft("-f", "/etc/nftables.conf")
    # A table of a role's own, whose sets fill while it works.
    write(TABLE_OF_A_ROLE, BANS)
    nft("-f", TABLE_OF_A_ROLE)
    nft("add", "element", "inet", "bans", "banned", "{ 192.0.2.66 timeout 1h }")
    write("/etc/sysctl.d/60-postfleet-host.conf", "kernel.yama.ptrace_scope = 1\n")
    for key, value in (("net.ipv4.ip_forward", 0), ("kernel.core_pattern", "core"), ("kernel.yama.ptrace_scope", 1)):
        setting(key, value)
    add("/etc/hosts", "192.0.2.9 deb.debian.org\n")
    write("/var/lib/postfleet/roles/host.json", json.dumps(record))


FIREWALL = """table inet postfleet
delete table inet postfleet
table inet postfleet {
  chain input {
    type filter hook input priority filter; policy drop;
    iif "lo" accept
    tcp dport 25 counter accept
  }
}
"""
TABLE_OF_A_ROLE = "/etc/postfleet/bans.nft"
BANS = """add table inet bans
add set inet bans banned { type ipv4_addr; flags timeout; }
add chain inet bans input { type filter hook input priority filter - 10; policy accept; }
flush chain inet bans input
add rule inet bans input ip saddr @banned drop
"""
KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


def process(pid, inode, unit, program):
    """A process as /proc shows it, with one socket."""
    at(f"/proc/{pid}/fd").mkdir(parents=True)
    link(f"/proc/{pid}/fd/3", f"socket:[{inode}]")
    link(f"/proc/{pid}/exe", program)
    write(f"/proc/{pid}/cgroup", f"0::/system.slice/{unit}\n")


def sockets(*rows, table="tcp", state="0A"):
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    write(
        f"/proc/net/{table}",
        head
        + "".join(
            f"   0: {local} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 0 0 {inode} 1 0 100 0 0 10 0\n"
            for local, inode in rows
        ),
    )


def ports():
    process(400, 11, "ssh.service", "/usr/sbin/sshd")
    process(500, 12, "postfix@mx.service", "/usr/lib/postfix/sbin/master")
    process(550, 14, "postfleet-renew.service", "/usr/bin/python3.13")
    process(600, 13, "session-3.scope", "/usr/bin/perl")
    sockets(("00000000:0016", 11), ("00000000:0019", 12), ("00000000:0050", 14), ("0100007F:115C", 13))


def ports_of_the_kernel():
    """WireGuard's, which a role declared, and another: neither has an inode, nor a process."""
    sockets(("00000000:CA6C", 0), ("00000000:115D", 0), table="udp", state="07")


def package():
    add(
        "/var/lib/dpkg/status",
        "\nPackage: netcat-openbsd\nStatus: install ok installed\nPriority: optional\nVersion: 1.2\n",
    )


def library():
    write("/usr/lib/x86_64-linux-gnu/security/pam_extra.so")


def setting(key, value):
    write(f"/proc/sys/{key.replace('.', '/')}", f"{value}\n")


def capability():
    os.setxattr(at("/usr/bin/perl"), "security.capability", bytes.fromhex("0100000280000000000000000000000000000000"))


def nft(*words):
    subprocess.run(["chroot", root, "nft", *words], check=True)


APT = """#!/usr/bin/python3
import pathlib, re, sys
root = pathlib.Path({root!r})
if "remove" in sys.argv and "-s" in sys.argv:
    print("Remv clamav-base")
elif "remove" in sys.argv:
    status = root / "var/lib/dpkg/status"
    status.write_text(re.sub(r"(?m)^Package: clamav-base\\n(.+\\n)*\\n", "", status.read_text()))
    for path in (root / "var/lib/dpkg/info").glob("clamav*.p*"):
        path.unlink()
    (root / "usr/lib/sysusers.d/clamav-base.conf").write_text("")
"""


def removal():
    """ClamAV goes with its role; its user stays, and no script names it any more."""
    from agent.packages import remove_packages

    write("/var/lib/postfleet/packages.json", '{"installed": ["clamav-base"], "pulled": []}')
    at("/usr/bin/apt-get").unlink()
    write("/usr/bin/apt-get", APT.format(root=str(root)), 0o755)
    return remove_packages(["clamav-base"], {})


# What is planted -> what the listing must say of it, and nothing else.
PLANTS = {
    "a firewall drop-in": (lambda: write("/etc/nftables.d/zz.nft"), "file /etc/nftables.d/zz.nft"),
    "a vhost": (lambda: write("/etc/nginx/conf.d/zz.conf"), "file /etc/nginx/conf.d/zz.conf"),
    "a drop-in of a unit": (
        lambda: write("/etc/systemd/system/postfix@mx.service.d/override.conf"),
        "file /etc/systemd/system/postfix@mx.service.d/override.conf",
    ),
    "a user with a shell": (lambda: add("/etc/passwd", "eve:x:1001:1001::/home/eve:/bin/bash\n"), "user eve"),
    "a system user of nobody": (lambda: add("/etc/passwd", "evil:x:899:899::/:/usr/sbin/nologin\n"), "user evil"),
    "a second root": (lambda: add("/etc/passwd", "toor:x:0:0::/root:/usr/sbin/nologin\n"), "user toor"),
    "a shell for a daemon": (
        lambda: at("/etc/passwd").write_text(
            at("/etc/passwd").read_text().replace("/var/www:/usr/sbin/nologin", "/var/www:/bin/sh")
        ),
        "user www-data",
    ),
    "a password for a daemon": (
        lambda: at("/etc/shadow").write_text(
            re.sub(r"(?m)^_rspamd:[^:]*", "_rspamd:$y$j9T$x", at("/etc/shadow").read_text())
        ),
        "user _rspamd",
    ),
    "a member of sudo": (
        lambda: at("/etc/group").write_text(
            re.sub(r"(?m)^sudo:(.*):$", r"sudo:\1:vmail", at("/etc/group").read_text())
        ),
        "member vmail of sudo",
    ),
    "a key of root": (
        lambda: write("/root/.ssh/authorized_keys", f"ssh-ed25519 {KEY} eve@home\n", 0o600),
        "key root SHA256:",
    ),
    "a key of a daemon": (
        lambda: write("/var/lib/rspamd/.ssh/authorized_keys", f'command="id",no-pty ssh-ed25519 {KEY}\n', 0o600),
        "key _rspamd SHA256:",
    ),
    "a map of rspamd": (
        lambda: write("/etc/rspamd/override.d/worker-controller.inc"),
        "file /etc/rspamd/override.d/worker-controller.inc",
    ),
    "a changed conffile": (lambda: add("/etc/rspamd/actions.conf", "# x\n"), "changed /etc/rspamd/actions.conf"),
    "a changed file of ucf": (
        lambda: add("/etc/dovecot/conf.d/10-auth.conf", "# x\n"),
        "changed /etc/dovecot/conf.d/10-auth.conf",
    ),
    "a changed program": (lambda: add("/usr/lib/postfix/sbin/smtpd", "x"), "changed /usr/lib/postfix/sbin/smtpd"),
    "a changed unit of a package": (
        lambda: add("/usr/lib/systemd/system/nginx.service", "# x\n"),
        "changed /usr/lib/systemd/system/nginx.service",
    ),
    "a program": (lambda: write("/usr/local/bin/tool", "#!/bin/sh\n", 0o755), "file /usr/local/bin/tool"),
    "a program beside Debian's": (
        lambda: write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755),
        "file /usr/sbin/policy-rc.d",
    ),
    "a set-id program": (lambda: at("/usr/bin/perl").chmod(0o4755), "set-id /usr/bin/perl"),
    "a file that everybody may change": (
        lambda: at("/etc/nginx/nginx.conf").chmod(0o666),
        "writable /etc/nginx/nginx.conf",
    ),
    "rights by sudo": (lambda: write("/etc/sudoers.d/eve"), "file /etc/sudoers.d/eve"),
    "a cron job": (lambda: write("/etc/cron.d/job"), "file /etc/cron.d/job"),
    "a crontab": (lambda: write("/var/spool/cron/crontabs/root"), "file /var/spool/cron/crontabs/root"),
    "a unit": (lambda: write("/etc/systemd/system/miner.service"), "file /etc/systemd/system/miner.service"),
    "an enabled unit": (
        lambda: link(
            "/etc/systemd/system/multi-user.target.wants/dovecot@x.service", "/usr/lib/systemd/system/dovecot.service"
        ),
        "link /etc/systemd/system/multi-user.target.wants/dovecot@x.service",
    ),
    "a unit until the next boot": (
        lambda: write("/run/systemd/system/x.service"),
        "file /run/systemd/system/x.service",
    ),
    "a unit of a user": (lambda: write("/root/.config/systemd/user/x.service"), "directory /root/.config/systemd/user"),
    "a lingering user": (lambda: write("/var/lib/systemd/linger/eve"), "file /var/lib/systemd/linger/eve"),
    "a library before all others": (lambda: write("/etc/ld.so.preload"), "file /etc/ld.so.preload"),
    "a module of PAM": (library, "file /usr/lib/x86_64-linux-gnu/security/pam_extra.so"),
    "a rule of PAM": (
        lambda: add("/etc/pam.d/common-auth", "auth sufficient pam_permit.so\n"),
        "line /etc/pam.d/common-auth pam_permit.so",
    ),
    "a kernel setting": (lambda: write("/etc/sysctl.d/99-x.conf"), "file /etc/sysctl.d/99-x.conf"),
    "a module's option": (lambda: write("/etc/modprobe.d/x.conf"), "file /etc/modprobe.d/x.conf"),
    "a source of apt": (lambda: write("/etc/apt/sources.list.d/x.list"), "file /etc/apt/sources.list.d/x.list"),
    "a source without signature": (
        lambda: add("/etc/apt/sources.list", "deb [trusted=yes] http://x.example/ x main\n"),
        "line /etc/apt/sources.list trusted",
    ),
    "a name in hosts": (
        lambda: add("/etc/hosts", "203.0.113.9 imap.example.org\n"),
        "line /etc/hosts imap.example.org",
    ),
    "a variable of every login": (
        lambda: add("/etc/environment", "LD_PRELOAD=/tmp/x.so\n"),
        "line /etc/environment LD_PRELOAD",
    ),
    "a Sieve script": (
        lambda: write("/etc/dovecot/sieve-before.d/x.sieve"),
        "file /etc/dovecot/sieve-before.d/x.sieve",
    ),
    "a login script of root": (lambda: write("/root/.ssh/rc"), "file /root/.ssh/rc"),
    "a package": (package, "package netcat-openbsd"),
    "a port": (ports, "port tcp 127.0.0.1:4444"),
    "a port of the kernel": (ports_of_the_kernel, "port udp 0.0.0.0:4445"),
    "software from elsewhere": (lambda: [write(f"/opt/app/bin/{n}") for n in range(9)], "directory /opt/app"),
    "an alternative": (
        lambda: [at("/etc/alternatives/awk").unlink(), link("/etc/alternatives/awk", "/tmp/awk")],
        "link /etc/alternatives/awk",
    ),
    "a pipe": (lambda: os.mkfifo(at("/etc/nginx/conf.d/pipe")), "file /etc/nginx/conf.d/pipe"),
    "rules in a table of ours": (
        lambda: nft("add", "rule", "inet", "postfleet", "input", "tcp", "dport", "4444", "accept"),
        "rules table inet postfleet",
    ),
    "rules in a table of a role": (
        lambda: nft("insert", "rule", "inet", "bans", "input", "ip", "saddr", "192.0.2.66", "accept"),
        "rules table inet bans",
    ),
    "a table in the kernel": (lambda: nft("add", "table", "ip", "backdoor"), "rules table ip backdoor"),
    "forwarding": (lambda: setting("net.ipv4.ip_forward", 1), "setting net.ipv4.ip_forward"),
    "a program for core dumps": (
        lambda: setting("kernel.core_pattern", "|/tmp/x %p"),
        "setting kernel.core_pattern",
    ),
    "a setting that a file says otherwise": (
        lambda: setting("kernel.yama.ptrace_scope", 0),
        "setting kernel.yama.ptrace_scope",
    ),
    "a module from elsewhere": (
        lambda: write("/proc/modules", "ext4 1 0 - Live 0x0\nrootkit 1 0 - Live 0x0 (OE)\n"),
        "module rootkit",
    ),
    "capabilities of a program": (capability, "capability /usr/bin/perl"),
    "a file of a package that is gone": (
        lambda: at("/usr/lib/systemd/system/nginx.service").unlink(),
        "missing /usr/lib/systemd/system/nginx.service",
    ),
    "a conffile that is gone": (lambda: at("/etc/rspamd/metrics.conf").unlink(), "missing /etc/rspamd/metrics.conf"),
    "a link in the place of a program": (
        lambda: [at("/usr/lib/postfix/sbin/qmgr").unlink(), link("/usr/lib/postfix/sbin/qmgr", "/tmp/x")],
        "changed /usr/lib/postfix/sbin/qmgr",
    ),
    "a name that moves the cursor": (lambda: write("/etc/cron.d/\x1b[2K\n\udcff"), "file /etc/cron.d/\x1b[2K\n\\xff"),
}


def names():
    return {f"{one['kind']} {one['name']}": one["detail"] for one in listing()[0]}


def main():
    claimed()
    before = names()
    said, came = before, {}
    for what, (plant, expected) in PLANTS.items():
        plant()
        now = names()
        added = [name for name in now if name not in said]
        right = len(added) == 1 and (added[0].startswith(expected) if expected.endswith(":") else added[0] == expected)
        came[what], said = "named" if right else f"{expected}: {added}", now
    leaked = [detail for detail in said.values() if "planted" in detail or "LD_PRELOAD=" in detail]
    gone = removal()
    users = [name for name in names() if name.startswith("user ") and name not in said]
    print(json.dumps({"before": before, "came": came, "leaked": leaked, "gone": gone, "left": users}))


main()
