"""Ports that something listens on which neither a role nor a package of Debian brought."""

import os
import re

from agent.debian import Debian, text_of
from agent.system import at, list_directory

LISTENING = {"tcp": "0A", "tcp6": "0A", "udp": "07", "udp6": "07"}


def ports(claims):
    sockets = []
    for table, state in LISTENING.items():
        for line in text_of(f"/proc/net/{table}").splitlines()[1:]:
            words = line.split()
            if len(words) > 9 and words[3] == state:
                sockets.append((words[9], table, words[1], words[2]))
    owners = owners_of({inode for inode, *_ in sockets}) if sockets else {}
    debian, wireguard, told = Debian.read(), wireguard_ports(claims), {}
    for inode, table, local, peer in sockets:
        if table.startswith("udp") and not peer.endswith(":0000"):
            continue
        pid = owners.get(inode)
        unit, program = unit_of(pid), program_of(pid)
        if pid is None and table.startswith("udp") and int(local.rpartition(":")[2], 16) in wireguard:
            continue
        if pid == "1" or known(unit, program, claims, debian):
            continue
        name = f"{table[:3]} {address(local)}"
        told[name] = {
            "kind": "port",
            "name": name,
            "detail": f"{program or 'the kernel, or a process that is gone'}, {unit or 'of no unit'}",
        }
    yield from told.values()


def wireguard_ports(claims):
    """Ports of WireGuard interfaces that roles declared: the kernel itself listens there, without a process."""
    texts = [text_of(path) for path in claims.paths if re.fullmatch(r"/etc/wireguard/[^/]+\.conf", path)]
    return {int(port) for text in texts for port in re.findall(r"^ListenPort = (\d{1,5})$", text, re.M)}


def known(unit, program, claims, debian):
    """A role's own unit, or a program of a package as the unit of a package starts it."""
    if unit is None or program is None:
        return False
    if unit in claims.units or f"/etc/systemd/system/{unit}" in claims.paths:
        return True
    template = re.sub(r"@[^.]*\.", "@.", unit)
    of_package = any(
        f"{place}/{name}" in debian.paths
        for place in ("/usr/lib/systemd/system", "/etc/init.d")
        for name in (unit, template, unit.removesuffix(".service"))
    )
    return of_package and program in debian.paths


def owners_of(inodes):
    """The process that holds a socket, by inode; the oldest of several."""
    found = {}
    for pid in sorted((name for name in list_directory(at("/proc")) if name.isdigit()), key=int):
        try:
            for fd in os.listdir(at(f"/proc/{pid}/fd")):
                inode = os.readlink(at(f"/proc/{pid}/fd/{fd}")).removeprefix("socket:[").removesuffix("]")
                if inode in inodes:
                    found.setdefault(inode, pid)
        except OSError:
            continue
    return found


def unit_of(pid):
    groups = text_of(f"/proc/{pid}/cgroup").strip().rpartition(":")[2].split("/") if pid else []
    return next((name for name in reversed(groups) if name.endswith((".service", ".scope", ".slice"))), None)


def program_of(pid):
    try:
        path = os.readlink(at(f"/proc/{pid}/exe")) if pid else None
    except OSError:
        return None
    return path and re.sub(r"^/(s?bin|lib)/", r"/usr/\1/", path)


def address(local):
    """`0100007F:0019` of /proc/net/tcp: the words of an address are in the machine's order."""
    host, _, port = local.partition(":")
    data = b"".join(int(host[n : n + 8], 16).to_bytes(4, "little") for n in range(0, len(host), 8))
    if len(data) == 4:
        text = ".".join(map(str, data))
    else:
        groups = [f"{int.from_bytes(data[n : n + 2], 'big'):x}" for n in range(0, 16, 2)]
        text = f"[{re.sub(r'(^|:)0(:0)+(:|$)', '::', ':'.join(groups), count=1)}]"
    return f"{text}:{int(port, 16)}"
