"""What was there before a role owned a path: kept, and put back when the role goes."""
import errno
import grp
import hashlib
import os
import pwd

from agent.paths import make_link, nearest, new_name, rename, sync, unlink, write_new
from agent.system import ORIGINAL, Refused, STATE, at, read_json, remove_quietly, write_json


def uid_of(owner, path):
    try:
        return int(owner) if owner.isdigit() else pwd.getpwnam(owner).pw_uid
    except KeyError:
        raise Refused("ApplyFailed", f"owner {owner!r} of {path} does not exist on the host: name the package or user that brings it", stage="plan", path=path) from None


def gid_of(group, path):
    try:
        return int(group) if group.isdigit() else grp.getgrnam(group).gr_gid
    except KeyError:
        raise Refused("ApplyFailed", f"group {group!r} of {path} does not exist on the host: name the package or user that brings it", stage="plan", path=path) from None


def put(path, state, data):
    """Puts a file or link in its place, whole at once: `state` says which of the two, with its owner and mode."""
    beside = new_name(path)
    try:
        if state["kind"] == "link":
            make_link(state["target"], beside)
        else:
            write_new(beside, data, state)
        rename(beside, path)
    except OSError:
        unlink(beside)
        raise
    sync(os.path.dirname(path))


def no_room(error):
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def disk_full(path, text):
    try:
        with nearest(path or f"{STATE}/x") as fd:
            vfs = os.fstatvfs(fd)
        free = vfs.f_bavail * vfs.f_frsize
    except OSError:
        free = None
    return Refused("DiskFull", f"no space for {path or 'the new files'}: {text}; nothing was changed", stage="stage", path=path, free=free, rolledBack=True)


def read_originals():
    return read_json(at(f"{ORIGINAL}/index.json"), {})


def original_copy(path):
    return at(f"{ORIGINAL}/{hashlib.sha256(path.encode()).hexdigest()[:32]}")


def original_data(path):
    with open(original_copy(path), "rb") as file:
        return file.read()


def drop_originals(paths):
    originals = read_originals()
    if any(path in originals for path in paths):
        write_json(at(f"{ORIGINAL}/index.json"), {path: spec for path, spec in originals.items() if path not in paths})
        for path in paths:
            remove_quietly(original_copy(path))
