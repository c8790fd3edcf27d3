"""Facts of paths, packages, kernel settings and users, as they are now."""
import hashlib
import os
import pwd
import stat

from agent.paths import FILE_BYTES_MOST, look
from agent.system import Refused, SHOWN_BYTES, at, group_name, user_name


def file_state(path):
    """What stands at a path: {"kind": "absent" | "file" | "directory" | "link" | "other", ...}, contents by hash."""
    found = look(path)
    if found is None:
        return {"kind": "absent"}
    st, target, fd = found
    if target is not None:
        return {"kind": "link", "target": target, "uid": st.st_uid, "gid": st.st_gid}
    kind = "file" if fd is not None else "directory" if stat.S_ISDIR(st.st_mode) else "other"
    state = {"kind": kind, "mode": stat.S_IMODE(st.st_mode), "uid": st.st_uid, "gid": st.st_gid}
    if fd is not None:
        with open(fd, "rb") as file:
            data = file.read(FILE_BYTES_MOST + 1)
        state |= {"size": max(st.st_size, len(data)), "names": st.st_nlink, "sha256": None}
        if len(data) <= FILE_BYTES_MOST:
            state |= {"sha256": hashlib.sha256(data).hexdigest(), "data": data}
    return state


def fact_of(path):
    """The state of a path; where no safe way leads to it, something else stands in the way."""
    try:
        return file_state(path)
    except Refused as refused:
        return {"kind": "other", "mode": 0, "uid": 0, "gid": 0, "why": str(refused)}


def file_fact(path, known, secret=False):
    """The state of a path as sent to the client; the content only when it may be seen and is not what the client knows."""
    state = fact_of(path)
    if state["kind"] == "absent":
        return None
    if state["kind"] == "link":
        return {"kind": "link", "target": state["target"]}
    fact = {"kind": state["kind"], "mode": f"{state['mode']:04o}", "owner": user_name(state["uid"]), "group": group_name(state["gid"])}
    if "why" in state:
        fact["why"] = state["why"]
    if state["kind"] == "file":
        fact |= {"sha256": state["sha256"] or "of more than 64 MiB", "size": state["size"]}
        if not secret and known.get(path) != state["sha256"]:
            why = unshown(state)
            if why:
                fact["unshown"] = why
            else:
                fact["content"] = state["data"].decode()
    return fact


def unshown(state):
    """Why the content of a file is not shown, if so. A second name may be that of a file which is none of ours to show."""
    if state["size"] > SHOWN_BYTES or "data" not in state:
        return "large"
    if state["names"] > 1:
        return "linked"
    try:
        state["data"].decode()
        return None
    except UnicodeDecodeError:
        return "binary"


class Dpkg:
    """Debian's list of packages, read again only when it changed."""

    stamp, packages, broken = None, {}, []

    @classmethod
    def read(cls):
        try:
            st = os.stat(at("/var/lib/dpkg/status"))
        except FileNotFoundError:
            return {}
        if cls.stamp != (st.st_mtime_ns, st.st_size, st.st_ino):
            cls.packages, cls.broken = {}, []
            with open(at("/var/lib/dpkg/status"), encoding="utf-8", errors="replace") as file:
                for block in file.read().split("\n\n"):
                    name, status, version = (cls.field(block, key) for key in ("Package", "Status", "Version"))
                    state = status.rpartition(" ")[2]
                    if state == "installed":
                        cls.packages[name] = version
                    elif state not in ("not-installed", "config-files", ""):
                        cls.broken.append(name)
            cls.stamp = (st.st_mtime_ns, st.st_size, st.st_ino)
        return cls.packages

    @staticmethod
    def field(block, key):
        start = 0 if block.startswith(f"{key}: ") else block.find(f"\n{key}: ") + 1
        if start == 0 and not block.startswith(f"{key}: "):
            return ""
        end = block.find("\n", start)
        return block[start + len(key) + 2:end if end >= 0 else None]


def sysctl_path(key):
    """net.ipv4.conf.eth0/1.forwarding and net/ipv4/… both name a file below /proc/sys (sysctl.d(5))."""
    if "." in key and ("/" not in key or key.index(".") < key.index("/")):
        key = key.translate(str.maketrans("./", "/."))
    if not all(part.strip(".") for part in key.split("/")):
        raise Refused("ApplyFailed", f"{key[:200]!r} is no name of a kernel setting", stage="sysctl")
    return at(f"/proc/sys/{key}")


def sysctl_live(key):
    try:
        with open(sysctl_path(key), encoding="ascii", errors="replace") as file:
            return " ".join(file.read().split())
    except OSError:
        return None


def sysctl_file(role):
    return f"/etc/sysctl.d/60-postfleet-{role}.conf"


def sysctl_text(role, settings):
    return f"# Owned by Postfleet, role {role}.\n" + "".join(f"{key} = {value}\n" for key, value in sorted(settings.items()))


def user_fact(name):
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    groups = sorted(group_name(gid) for gid in os.getgrouplist(name, entry.pw_gid) if gid != entry.pw_gid)
    return {"uid": entry.pw_uid, "home": entry.pw_dir, "shell": entry.pw_shell, "group": group_name(entry.pw_gid), "groups": groups}


def read_text(path):
    try:
        with open(at(path), encoding="utf-8", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
