"""Users, memberships and keys by which somebody may come in, and that neither packages nor roles brought."""

import binascii
import hashlib
import os
import re

from agent.debian import Debian, text_of
from agent.paths import look
from agent.system import Refused

NO_LOGIN = ("/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false", "/bin/sync")
KEY_FILES = (".ssh/authorized_keys", ".ssh/authorized_keys2")
# What a login runs, or mail to the account does.
STARTED = (".ssh/rc", ".ssh/environment", ".ssh/config", ".rhosts", ".shosts", ".forward", ".pam_environment")
# Debian's own copies of what a new home has.
SKELETON = {
    ".bashrc": ("/etc/skel/.bashrc", "/usr/share/base-files/dot.bashrc"),
    ".profile": ("/etc/skel/.profile", "/usr/share/base-files/dot.profile"),
    ".bash_logout": ("/etc/skel/.bash_logout",),
    ".bash_profile": (),
    ".bash_login": (),
}
MOST_BYTES = 1 << 20


def accounts(claims):
    users = [line.split(":") for line in text_of("/etc/passwd").splitlines() if line.count(":") == 6]
    master = {
        line.split(":")[0]: line.split(":") for line in text_of("/usr/share/base-passwd/passwd.master").splitlines()
    }
    hashes = {line.split(":")[0]: line.split(":")[1] for line in text_of("/etc/shadow").splitlines() if ":" in line}
    debian = Debian.read()
    yield from strange_users(users, master, hashes, debian, claims)
    yield from memberships(users, master, debian, claims)
    seen = set()
    for name, _, _, _, _, home, _ in users:
        if home not in seen and home not in ("/", "/nonexistent") and os.path.isabs(home):
            seen.add(home)
            yield from keys(name, home)
            yield from started(name, home)


def strange_users(users, master, hashes, debian, claims):
    counted = {}
    for name, password, uid, _, _, _, shell in users:
        why = []
        if uid in counted:
            why.append(f"the uid {uid} of {counted[uid]} too")
        counted.setdefault(uid, name)
        if uid == "0" and name != "root":
            why.append("uid 0")
        if hashes.get(name, "*" if password == "x" else password)[:1] not in ("*", "!", "x") and name != "root":
            why.append("may log in with a password" if hashes.get(name, password) else "needs no password")
        ours = (
            name == "root"
            or name in claims.users
            or name in master
            or (uid.isdigit() and int(uid) < 1000 and (debian.makes_account(name) or name in claims.left))
        )
        if not ours:
            why.append("made by no package")
        usual = claims.users.get(name, {}).get("shell") or (master[name][6] if name in master else None)
        by_script = ours and name not in master and debian.makes_account(name, os.path.basename(shell))
        if shell not in (*NO_LOGIN, usual) and name != "root" and not by_script:
            why.append(f"may log in by {shell or '/bin/sh'}")
        if why:
            yield {"kind": "user", "name": name, "detail": ", ".join(why)}


def memberships(users, master, debian, claims):
    known = {name for name, *_ in users}
    for line in text_of("/etc/group").splitlines():
        group, _, gid, members = (line.split(":") + [""] * 4)[:4]
        for user in filter(None, members.split(",")):
            ours = (
                group in claims.users.get(user, {}).get("groups", [])
                or debian.makes_account(user, group)
                or {user, group} <= claims.left
            )
            if user in known and not ours:
                yield {
                    "kind": "member",
                    "name": f"{user} of {group}",
                    "detail": f"the user {user} is in the group {group}",
                }
        if gid == "0" and group != "root":
            yield {"kind": "group", "name": group, "detail": "gid 0"}
    for name, _, uid, gid, *_ in users:
        if gid == "0" and name not in master and uid != "0":
            yield {"kind": "member", "name": f"{name} of root", "detail": f"the user {name} has the group root"}


def keys(user, home):
    for file in KEY_FILES:
        path = f"{home}/{file}"
        for line in (content(path) or "").splitlines():
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            found = re.search(r"(?:^|\s)((?:sk-)?(?:ssh|ecdsa)-[\w@.-]+) +([A-Za-z0-9+/]+=*)(?: +(.*))?$", line.strip())
            if found is None:
                yield {"kind": "key", "name": f"{user} unreadable line", "detail": path}
                continue
            options = (
                f", with options ({len(line[: found.start()].split(','))})"
                if line.strip()[: found.start()].strip()
                else ""
            )
            yield {
                "kind": "key",
                "name": f"{user} {fingerprint(found[2])}",
                "detail": f"{found[1]} {found[3] or ''}".strip() + options + f", {path}",
            }


def fingerprint(blob):
    try:
        digest = hashlib.sha256(binascii.a2b_base64(blob)).digest()
    except binascii.Error:
        return "of no known form"
    return "SHA256:" + binascii.b2a_base64(digest, newline=False).decode().rstrip("=")


def started(user, home):
    for name in (*STARTED, *SKELETON):
        path = f"{home}/{name}"
        data = content(path)
        if data is not None and data not in [text_of(copy) for copy in SKELETON.get(name, ())]:
            yield {"kind": "file", "name": path, "detail": f"in the home of {user}"}
    units = f"{home}/.config/systemd/user"
    try:
        if look(units) is not None:
            yield {"kind": "directory", "name": units, "detail": f"units of {user}"}
    except Refused:
        return


def content(path):
    """The text of a file in a home; None where there is none, or a user could lead root elsewhere."""
    try:
        found = look(path)
    except (OSError, Refused):
        return None
    if found is None:
        return None
    if found[2] is None:
        return ""
    with open(found[2], "rb") as file:
        return file.read(MOST_BYTES).decode(errors="surrogateescape")
