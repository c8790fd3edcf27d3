"""What the running kernel does otherwise than files and its own defaults say: settings and modules."""

import fnmatch
import re

from agent.debian import text_of
from agent.facts import sysctl_live
from agent.system import at, list_directory

PLACES = ("/usr/lib/sysctl.d", "/run/sysctl.d", "/etc/sysctl.d", "/usr/local/lib/sysctl.d")
# Settings that decide who may do what, each with the values that kernels and Debian have by themselves.
SETTINGS = {
    "fs.protected_hardlinks": ("1",),
    "fs.protected_symlinks": ("1",),
    "fs.suid_dumpable": ("0",),
    "kernel.core_pattern": ("core",),
    "kernel.kptr_restrict": ("0", "1", "2"),
    "kernel.modprobe": ("/sbin/modprobe", "/usr/sbin/modprobe"),
    "kernel.randomize_va_space": ("2",),
    "kernel.unprivileged_bpf_disabled": ("1", "2"),
    "kernel.yama.ptrace_scope": ("0", "1", "2", "3"),
    "net.ipv4.conf.all.accept_source_route": ("0",),
    "net.ipv4.conf.all.route_localnet": ("0",),
    "net.ipv4.conf.all.rp_filter": ("0", "1", "2"),
    "net.ipv4.conf.all.accept_redirects": ("0", "1"),
    "net.ipv4.conf.all.send_redirects": ("0", "1"),
    "net.ipv4.ip_forward": ("0",),
    "net.ipv4.tcp_syncookies": ("1", "2"),
    "net.ipv6.conf.all.accept_redirects": ("0", "1"),
    "net.ipv6.conf.all.accept_source_route": ("0", "-1"),
    "net.ipv6.conf.all.forwarding": ("0",),
}
# Where a module comes from, as the kernel marks it: out of its tree, forced, without a signature.
MARKS = {"O": "from outside of the kernel's tree", "F": "forced in", "E": "without a signature"}


def kernel(_claims):
    # In a container the kernel is somebody else's, but for its network.
    guest = bool(text_of("/run/systemd/container"))
    yield from settings("net." if guest else "")
    if not guest:
        yield from modules()


def settings(prefix):
    said = written()
    for key, usual in SETTINGS.items():
        if not key.startswith(prefix):
            continue
        value = sysctl_live(key)
        wanted = next((text for pattern, text in said if fnmatch.fnmatchcase(key, pattern)), None)
        if value is not None and (value != wanted if wanted is not None else value not in usual):
            by = f"a file says {wanted}" if wanted is not None else "no file says so"
            yield {"kind": "setting", "name": key, "detail": f"is {value:.100}, and {by}"}


def written():
    """Keys, or patterns of them, with their values: the first that fits holds, as systemd-sysctl(8) would set them."""
    files = {
        name: f"{place}/{name}" for place in PLACES for name in list_directory(at(place)) if name.endswith(".conf")
    }
    texts = [text_of(path) for _, path in sorted(files.items())]
    found = re.findall(r"^[ \t]*-?([\w./*?\[\]-]+)[ \t]*=[ \t]*(.*?)[ \t]*$", "\n".join(texts), re.M)
    rules = [(key.replace("/", "."), " ".join(value.split())) for key, value in found]
    return sorted(reversed(rules), key=lambda rule: bool(re.search(r"[*?\[]", rule[0])))


def modules():
    for line in text_of("/proc/modules").splitlines():
        name, marks = line.split(" ")[0], re.search(r"\(([A-Z]+)\)$", line)
        why = [MARKS[mark] for mark in (marks[1] if marks else "") if mark in MARKS]
        if why:
            yield {"kind": "module", "name": name, "detail": ", ".join(why)}
