"""Replacing files by rename, and keeping what was there before a role owned the path."""
import grp
import hashlib
import os
import pwd

from agent.system import (
    ORIGINAL,
    ROOT,
    Refused,
    STATE,
    at,
    cool_down,
    read_json,
    remove_quietly,
    sync_directory,
    write_json,
    write_whole,
)


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


def change_owner(target, spec):
    if os.geteuid() == 0 or (spec["uid"], spec["gid"]) != (os.geteuid(), os.getegid()):
        os.chown(target, spec["uid"], spec["gid"])


def existing_parent(path):
    while not os.path.isdir(at(path)):
        path = os.path.dirname(path)
    return at(path)


def put_file(path, data, spec):
    """Replaces a file by rename, with mode and owner."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = f"{os.path.dirname(path)}/.postfleet-back-{os.getpid()}"
    write_whole(temporary, data)
    change_owner(temporary, spec)
    os.chmod(temporary, spec["mode"])
    cool_down(temporary)
    os.rename(temporary, path)
    sync_directory(os.path.dirname(path))


def swap_in_link(target, path):
    temporary = f"{os.path.dirname(path)}/.postfleet-back-{os.getpid()}"
    remove_quietly(temporary)
    os.symlink(target, temporary)
    os.rename(temporary, path)


def disk_full(path, text):
    try:
        vfs = os.statvfs(existing_parent(path.removeprefix(ROOT) if path.startswith("/") else STATE))
        free = vfs.f_bavail * vfs.f_frsize
    except OSError:
        free = None
    return Refused("DiskFull", f"no space for {path or 'the new files'}: {text}; nothing was changed", stage="stage", path=path.removeprefix(ROOT), free=free, rolledBack=True)


def read_originals():
    return read_json(at(f"{ORIGINAL}/index.json"), {})


def original_copy(path):
    return at(f"{ORIGINAL}/{hashlib.sha256(path.encode()).hexdigest()[:32]}")


def drop_originals(paths):
    originals = read_originals()
    if any(path in originals for path in paths):
        write_json(at(f"{ORIGINAL}/index.json"), {path: spec for path, spec in originals.items() if path not in paths})
        for path in paths:
            remove_quietly(original_copy(path))
