"""The host agent: one Python process that observes a host and changes it in transactions.

It is fed on stdin by provider/host (nothing is installed), reads one JSON request a line and answers one JSON line each:
  {"id": 1, "op": "observe", ...}  ->  {"id": 1, "progress": {...}}*  then  {"id": 1, "result": {...}} or {"id": 1, "error": {...}}

Standard library only, and of that only what Debian's python3-minimal carries: no http, shutil, ctypes, asyncio, queue.

What it keeps on the host, all of it root's alone:
  /var/lib/postfleet/roles/<role>.json    what every applied role claims (hashes, never contents)
  /var/lib/postfleet/original/            files that were there before a role owned them, put back when it goes
  /var/lib/postfleet/journal/<role>/      an apply in progress: how to undo it; left over only by a crash
  /var/lib/postfleet/results/<role>.json  how an apply ended that nobody was there to hear of
  /var/lib/postfleet/packages.json        packages that were not there before Postfleet installed them
  /run/postfleet/                         the lock of the host and the running applies
"""
import errno
import fcntl
import grp
import hashlib
import json
import os
import pwd
import re
import select
import signal
import stat
import subprocess
import sys
import time

ROOT = os.environ.get("POSTFLEET_ROOT", "")  # another root directory: for tests alone
STATE, RUN = "/var/lib/postfleet", "/run/postfleet"
ROLES, JOURNAL, ORIGINAL, RESULTS = (f"{STATE}/{name}" for name in ("roles", "journal", "original", "results"))
SHOWN_BYTES = 1 << 20  # larger contents are compared by hash and not sent
COMMAND_SECONDS = 600
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": f"{ROOT}/bin:{PATH}" if ROOT else PATH, "LC_ALL": "C.UTF-8", "HOME": "/root", "SYSTEMD_PAGER": ""}


# ---------------------------------------------------------------------------------------------------------- small things


class Refused(Exception):
    """An expected failure. `kind` names the error class on the other side."""

    def __init__(self, kind, message, **details):
        super().__init__(message)
        self.kind, self.details = kind, details

    def as_json(self):
        return {"kind": self.kind, "message": str(self), "details": self.details}


class Later(Exception):
    """The request must wait for an apply that is running; the main loop tries again."""


def at(path):
    return ROOT + path


def run(argv, timeout=COMMAND_SECONDS, extra_env=None):
    """Runs a command without a shell and without input; returns (exit code, stdout, stderr) as text."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, cwd="/",
                              env={**ENVIRONMENT, **(extra_env or {})})
        return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    except FileNotFoundError:
        return 127, "", f"{argv[0]}: no such command"
    except PermissionError:
        return 126, "", f"{argv[0]}: not executable"
    except subprocess.TimeoutExpired as expired:
        said = (expired.stderr or b"").decode(errors="replace")
        return 124, "", f"{said}\n{argv[0]}: did not end within {timeout} s"


def tail(text, lines=40, size=6000):
    return "\n".join(text.strip().splitlines()[-lines:])[-size:]


def below(path, places):
    """Whether `path` is one of the places or lies under one; a trailing slash of a place does not matter."""
    return any(path == place.rstrip("/") or path.startswith(place.rstrip("/") + "/") for place in places)


def touched(paths, triggers):
    """Whether one of the changed paths is among the triggers: exact, or below one that ends with a slash."""
    return any(path == t or (t.endswith("/") and path.startswith(t)) for path in paths for t in triggers)


def sync_directory(path):
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_whole(path, data, mode=0o600):
    """Writes a file of our own so that after a power loss it is there whole, or as before."""
    partial = f"{path}.new"
    fd = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view):]
            os.fsync(fd)
        finally:
            os.close(fd)
        os.rename(partial, path)
    except OSError:
        remove_quietly(partial)
        raise
    sync_directory(os.path.dirname(path))


def write_json(path, value):
    write_whole(path, json.dumps(value, separators=(",", ":")).encode())


def read_json(path, default=None):
    try:
        with open(path, "rb") as file:
            return json.load(file)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return default


def remove_quietly(path):
    try:
        os.unlink(path)
    except (FileNotFoundError, NotADirectoryError):
        pass


def remove_tree(path):
    """Removes one of our own two-level directories."""
    for name in list_directory(path):
        remove_quietly(f"{path}/{name}")
    try:
        os.rmdir(path)
    except FileNotFoundError:
        pass


def list_directory(path):
    try:
        return sorted(os.listdir(path))
    except (FileNotFoundError, NotADirectoryError):
        return []


def user_name(uid):
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid):
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


# --------------------------------------------------------------------------------------------------------------- observe


def file_state(path):
    """What stands at a path: {"kind": "absent" | "file" | "directory" | "link" | "other", ...}, contents by hash."""
    try:
        st = os.lstat(at(path))
    except (FileNotFoundError, NotADirectoryError):
        return {"kind": "absent"}
    if stat.S_ISLNK(st.st_mode):
        return {"kind": "link", "target": os.readlink(at(path)), "uid": st.st_uid, "gid": st.st_gid}
    kind = "file" if stat.S_ISREG(st.st_mode) else "directory" if stat.S_ISDIR(st.st_mode) else "other"
    state = {"kind": kind, "mode": stat.S_IMODE(st.st_mode), "uid": st.st_uid, "gid": st.st_gid}
    if kind == "file":
        with open(at(path), "rb") as file:
            state["size"] = st.st_size
            if st.st_size > SHOWN_BYTES:
                state["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
            else:
                state["data"] = file.read()
                state["sha256"] = hashlib.sha256(state["data"]).hexdigest()
    return state


def file_fact(path, known, secret=False):
    """The state of a path as sent to the client; the content only when it may be seen and is not what the client knows."""
    state = file_state(path)
    if state["kind"] == "absent":
        return None
    if state["kind"] == "link":
        return {"kind": "link", "target": state["target"]}
    fact = {"kind": state["kind"], "mode": f"{state['mode']:04o}", "owner": user_name(state["uid"]), "group": group_name(state["gid"])}
    if state["kind"] == "file":
        fact |= {"sha256": state["sha256"], "size": state["size"]}
        if not secret and known.get(path) != state["sha256"]:
            try:
                fact["content"] = state["data"].decode()
            except KeyError:
                fact["unshown"] = "large"
            except UnicodeDecodeError:
                fact["unshown"] = "binary"
    return fact


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


class Units:
    """Facts of systemd units. One `systemctl show` asks for the units of all roles at once and serves for a moment."""

    PROPERTIES = ("LoadState", "ActiveState", "SubState", "UnitFileState", "Result", "Type", "NRestarts", "MainPID",
                  "NeedDaemonReload", "ActiveEnterTimestampMonotonic")
    SECONDS = 2
    cache, taken, started = {}, 0.0, None

    @classmethod
    def ask(cls, names):
        """Starts the question without waiting for the answer."""
        names = sorted(names)
        argv = ["systemctl", "show", "--property=" + ",".join(cls.PROPERTIES), "--", *names]
        try:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
        except FileNotFoundError:
            return names, None
        return names, process

    @classmethod
    def answer(cls, question):
        names, process = question
        if process is None or not names:
            return {}
        blocks = process.communicate()[0].decode(errors="replace").strip("\n").split("\n\n")
        if len(blocks) != len(names):  # one invalid name spoils the whole answer
            return {} if len(names) == 1 else {k: v for name in names for k, v in cls.answer(cls.ask([name])).items()}
        return {name: dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for name, block in zip(names, blocks)}

    @classmethod
    def ahead(cls):
        """Asks for the units of all roles while the client is still sending its first request."""
        names = known_units()
        if names:
            cls.started = cls.ask(names)

    @classmethod
    def show(cls, names):
        """Raw properties of the named units, as they are now or a moment ago."""
        if cls.started is not None:
            cls.cache, cls.taken, cls.started = cls.answer(cls.started), time.monotonic(), None
        if time.monotonic() - cls.taken > cls.SECONDS or any(name not in cls.cache for name in names):
            cls.cache = cls.answer(cls.ask({*known_units(), *names})) if names else {}
            cls.taken = time.monotonic()
        return {name: cls.cache.get(name, {}) for name in names}

    @classmethod
    def now(cls, names):
        return cls.answer(cls.ask(names)) if names else {}

    @classmethod
    def forget(cls):
        cls.cache, cls.taken, cls.started = {}, 0.0, None


def known_units():
    return {unit for record in read_records().values() for unit in record.get("services", {})}


def unit_fact(shown):
    load, file_state_, active, sub = (shown.get(k, "") for k in ("LoadState", "UnitFileState", "ActiveState", "SubState"))
    switchable = {"enabled": True, "enabled-runtime": True, "linked": True, "linked-runtime": True, "alias": True, "disabled": False,
                  "masked": False, "masked-runtime": False, "": False}
    return {
        "load": load or "not-found",
        "enabled": switchable.get(file_state_),  # None: static, generated, indirect; there is nothing to switch
        "masked": load == "masked" or file_state_.startswith("masked"),
        "running": active in ("active", "reloading", "refreshing") or (active == "activating" and sub != "auto-restart"),
        "active": active, "sub": sub, "failed": active == "failed", "result": shown.get("Result", ""),
    }


def sysctl_path(key):
    """net.ipv4.conf.eth0/1.forwarding and net/ipv4/… both name a file below /proc/sys (sysctl.d(5))."""
    if "." in key and ("/" not in key or key.index(".") < key.index("/")):
        key = key.translate(str.maketrans("./", "/."))
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


def observe(request):
    """Live facts of exactly what the request names, and what became of an apply that nobody was there to hear of."""
    role, known = request["role"], request.get("known", {})
    settle(role)
    packages = Dpkg.read()
    persisted = (read_text(sysctl_file(role)) or "").splitlines()
    facts = {
        "packages": {name: packages.get(name) for name in request["packages"]},
        "users": {name: user_fact(name) for name in request["users"]},
        "directories": {path: file_fact(path, known, secret=True) for path in request["directories"]},
        "files": {path: file_fact(path, known) for path in request["files"]},
        "secretFiles": {path: file_fact(path, known, secret=True) for path in request["secretFiles"]},
        "links": {path: file_fact(path, known, secret=True) for path in request["links"]},
        "sysctl": {key: {"value": sysctl_live(key), "persisted": next((line.split("=", 1)[1].strip() for line in persisted if line.startswith(f"{key} =")), None)}
                   for key in request["sysctl"]},
        "services": {unit: unit_fact(shown) for unit, shown in Units.show(request["services"]).items()},
        "creates": {path: os.path.lexists(at(path)) for path in request["creates"]},
        "applied": os.path.exists(at(f"{ROLES}/{role}.json")),
        "brokenPackages": [name for name in Dpkg.broken if name in request["packages"]],
        "earlier": read_json(at(f"{RESULTS}/{role}.json")),
    }
    return facts


def read_text(path):
    try:
        with open(at(path), encoding="utf-8", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


# ------------------------------------------------------------------------------------------------------- records, claims


def read_records():
    """What every applied role claims, by role."""
    names = [name for name in list_directory(at(ROLES)) if name.endswith(".json")]
    return {name[:-5]: read_json(at(f"{ROLES}/{name}"), {}) for name in names}


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def record_of(manifest):
    """The claims of a manifest: its paths with hashes, packages, units, and what is needed to undo them."""
    files = {path: {"sha256": digest(spec["content"]), "mode": f"{int(spec['mode'], 8):04o}", "owner": spec["owner"], "group": spec["group"]}
             for path, spec in {**manifest["files"], **manifest["secretFiles"]}.items()}
    keys = ("packages", "packagesAhead", "users", "directories", "links", "sysctl", "services", "keep", "prepare")
    return {"role": manifest["role"], "files": files, **{key: manifest[key] for key in keys}}


def path_claims(record):
    claims = {path: ("file", spec) for path, spec in record.get("files", {}).items()}
    claims |= {path: ("link", target) for path, target in record.get("links", {}).items()}
    claims |= {path: ("directory", spec) for path, spec in record.get("directories", {}).items()}
    return claims


def other_claims(record):
    """Claims on things without a path, in a form that compares."""
    claims = {f"package {name}": version for name, version in record.get("packages", {}).items() if version != "present"}
    claims |= {f"user {name}": {k: v for k, v in spec.items() if k != "groups"} for name, spec in record.get("users", {}).items()}
    claims |= {f"sysctl {key}": " ".join(value.split()) for key, value in record.get("sysctl", {}).items()}
    for unit, spec in record.get("services", {}).items():
        claims[f"unit {unit}"] = {"enabled": spec["enabled"], "running": spec["running"], "masked": spec.get("masked") or False}
    return claims


def check_claims(wanted, own, others):
    """Refuses what contradicts another role. A claim that both made until now may be moved by the first of them."""
    for name, other in others.items():
        for claims_of, noun in ((path_claims, "path"), (other_claims, "thing")):
            mine, theirs, before = claims_of(wanted), claims_of(other), claims_of(own)
            for what in sorted(mine.keys() & theirs.keys()):
                if mine[what] == theirs[what] or before.get(what) == theirs[what]:
                    continue
                where = what if noun == "thing" else f"{mine[what][0]} {what}"
                raise Refused("ClaimConflict", f"role {wanted['role']} and role {name} both claim {where}, and want it different",
                              path=what, roles=[wanted["role"], name], differs=claim_difference(mine[what], theirs[what]))


def claim_difference(mine, theirs):
    mine, theirs = (c[1] if isinstance(c, tuple) and isinstance(c[1], dict) else c for c in (mine, theirs))
    if isinstance(mine, dict) and isinstance(theirs, dict):
        return [f"{'content' if k == 'sha256' else k}: {'differs' if k == 'sha256' else f'{mine.get(k)} / {theirs.get(k)}'}"
                for k in sorted(mine.keys() | theirs.keys()) if mine.get(k) != theirs.get(k)]
    return [f"{mine} / {theirs}"]


def check_paths(manifest):
    ours = [ROLES, JOURNAL, ORIGINAL, RESULTS, f"{STATE}/packages.json", RUN]
    for path in [*manifest["files"], *manifest["secretFiles"], *manifest["links"], *manifest["directories"]]:
        if path != os.path.normpath(path) or not path.startswith("/") or path == "/" or path.startswith("//") or below(path, ours):
            raise Refused("ApplyFailed", f"role {manifest['role']}: path {path!r} is not absolute and normalised, or is the agent's own", stage="plan", path=path)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", manifest["role"]):
        raise Refused("ApplyFailed", f"role name {manifest['role']!r}: letters, digits, '.', '_' and '-' are allowed", stage="plan")


# ------------------------------------------------------------------------------------------- lock, running applies, results


class HostLock:
    """One change at a time on a host, whoever makes it. The kernel frees the lock when its holder dies."""

    def __init__(self):
        os.makedirs(at(RUN), mode=0o700, exist_ok=True)
        self.fd = os.open(at(f"{RUN}/lock"), os.O_RDWR | os.O_CREAT, 0o600)

    def take(self):
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False

    def wait(self, what, seconds, say):
        started, told = time.monotonic(), 0
        while not self.take():
            waited = time.monotonic() - started
            holder = os.pread(self.fd, 500, 0).decode(errors="replace") or "another change"
            if waited >= seconds:
                raise Refused("HostBusy", f"{holder} is still running on this host after {seconds:g} s of waiting", holder=holder)
            if waited >= told:
                say("wait", f"waiting for {holder}")
                told += 10
            time.sleep(0.1)
        os.ftruncate(self.fd, 0)
        os.pwrite(self.fd, what.encode(), 0)

    def release(self):
        os.close(self.fd)


def running_applies():
    """Identifiers and roles of applies whose process lives; each holds a lock on a file of its own."""
    alive = {}
    for name in list_directory(at(RUN)):
        if not name.startswith("apply-"):
            continue
        path = at(f"{RUN}/{name}")
        try:
            fd = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
            os.unlink(path)
        except BlockingIOError:
            alive[name[6:]] = os.pread(fd, 500, 0).decode()
        except FileNotFoundError:
            pass
        finally:
            os.close(fd)
    return alive


def settle(role):
    """Before an observation: wait for a running apply of this role, undo one that was interrupted."""
    if role in running_applies().values():
        raise Later()
    if list_directory(at(JOURNAL)):
        lock = HostLock()
        try:
            if lock.take():
                recover(lambda stage, message: None)
        finally:
            lock.release()


def store_result(role, apply_id, outcome):
    os.makedirs(at(RESULTS), mode=0o700, exist_ok=True)
    write_json(at(f"{RESULTS}/{role}.json"), {"id": apply_id, "role": role, "finished": int(time.time()), **outcome})


# ------------------------------------------------------------------------------------------------------------------- apt


POLICY = "/usr/sbin/policy-rc.d"
POLICY_MARK = "# postfleet: only for the time of one apt run"


class NoAutostart:
    """Keeps daemons of new packages from starting, by Debian's policy-rc.d; those that ran before may restart.

    The file minds its own end: once the process that wrote it is gone, it allows everything, as if it were not there.
    """

    def __enter__(self):
        active = run(["systemctl", "list-units", "--state=active", "--plain", "--no-legend", "--type=service,socket,timer,path"])[1]
        names = " ".join(sorted({line.split()[0] for line in active.splitlines() if line.strip()}))
        self.saved = f"{POLICY}.postfleet-saved"
        existing = read_text(POLICY)
        if existing is not None and POLICY_MARK not in existing:
            os.rename(at(POLICY), at(self.saved))
        before = f'[ -x {self.saved} ] && exec {self.saved} "$@"\n'
        text = (f"#!/bin/sh\n{POLICY_MARK}\nif [ -d /proc/{os.getpid()} ]; then\n"
                f'  case " {names} " in *" $1 "*|*" $1.service "*) ;; *) exit 101 ;; esac\nfi\n{before}exit 0\n')
        os.makedirs(os.path.dirname(at(POLICY)), exist_ok=True)
        write_whole(at(POLICY), text.encode())
        os.chmod(at(POLICY), 0o755)

    def __exit__(self, *_):
        tidy_policy()


def tidy_policy():
    if POLICY_MARK in (read_text(POLICY) or ""):
        if os.path.exists(at(f"{POLICY}.postfleet-saved")):
            os.rename(at(f"{POLICY}.postfleet-saved"), at(POLICY))
        else:
            remove_quietly(at(POLICY))


APT = ["apt-get", "-y", "-q", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", "-o", "Dpkg::Options::=--force-confdef",
       "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20"]
APT_ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_MODE": "l", "APT_LISTCHANGES_FRONTEND": "none", "UCF_FORCE_CONFFOLD": "1"}
LISTS_FRESH_SECONDS = 86400


def apt(*arguments):
    return run([*APT, *arguments], timeout=3600, extra_env=APT_ENVIRONMENT)


def apt_failed(what, code, out, err):
    words = [line for line in f"{out}\n{err}".splitlines() if line.startswith(("E:", "Err:", "W:", "dpkg:", " ")) or "rror" in line]
    text = redact_urls(tail("\n".join(words) or err or out, 25))
    kind = "DiskFull" if "No space left" in text or "enough free space" in text else "AptFailed"
    return Refused(kind, f"{what} failed (exit code {code})", stage="packages", output=text)


def redact_urls(text):
    return re.sub(r"(\w+://)[^/\s:@]+:[^/\s@]+@", r"\1[hidden]@", text)


def lists_are_fresh():
    if not any("_Packages" in name for name in list_directory(at("/var/lib/apt/lists"))):
        return False
    stamps = [os.stat(at(path)).st_mtime for path in ("/var/lib/apt/lists", f"{STATE}/apt-updated") if os.path.exists(at(path))]
    return time.time() - max(stamps) < LISTS_FRESH_SECONDS


def apt_update(say):
    say("packages", "apt-get update")
    code, out, err = apt("update", "-o", "APT::Update::Error-Mode=any")
    if code:
        raise apt_failed("apt-get update", code, out, err)
    write_whole(at(f"{STATE}/apt-updated"), b"")


def install_packages(manifest, others, say):
    """One run of apt for all that is missing, or has another version than asked. Returns {installed, upgraded}."""
    before = dict(Dpkg.read())
    if Dpkg.broken:
        say("packages", f"dpkg --configure -a ({', '.join(Dpkg.broken[:5])} half installed)")
        with NoAutostart():
            code, out, err = run(["dpkg", "--force-confold", "--force-confdef", "--configure", "-a"], 3600, APT_ENVIRONMENT)
        if code and not (broken_only := apt("-f", "install"))[0] == 0:
            raise apt_failed("dpkg --configure -a", code, out + broken_only[1], err + broken_only[2])
        before = dict(Dpkg.read())
    wanted = {**{name: "present" for name in manifest["packagesAhead"]}, **manifest["packages"]}
    missing = [name if version == "present" else f"{name}={version}" for name, version in sorted(wanted.items())
               if name not in before or version not in ("present", before[name])]
    if not missing:
        return {"installed": [], "upgraded": []}
    if not lists_are_fresh():
        apt_update(say)
    say("packages", f"apt-get install {' '.join(missing)}")
    known = read_json(at(f"{STATE}/packages.json"), {"installed": [], "pulled": []})
    known["installed"] = sorted({*known["installed"], *(name for name in wanted if name not in before)})
    write_json(at(f"{STATE}/packages.json"), known)
    with NoAutostart():
        code, out, err = apt_install(missing, others, say)
    after = Dpkg.read()
    known["pulled"] = sorted({*known["pulled"], *(after.keys() - before.keys() - {*known["installed"]})})
    known["installed"] = [name for name in known["installed"] if name in after]
    write_json(at(f"{STATE}/packages.json"), known)
    if code:
        raise apt_failed("apt-get install", code, out, err)
    return {"installed": sorted(after.keys() - before.keys()),
            "upgraded": sorted(name for name in wanted if name in before and after.get(name) != before[name])}


def apt_install(missing, others, say):
    arguments = ["install", *(["--allow-downgrades"] if any("=" in name for name in missing) else []), *missing]
    code, out, err = apt("--no-remove", *arguments)
    if code and "remove is disabled" in out + err:  # something must go: allowed, unless another role needs it
        claimed = {name: role for role, other in others.items() for name in other.get("packages", {})}
        for name in re.findall(r"^Remv (\S+)", apt("-s", *arguments)[1], re.M):
            if name in claimed:
                raise Refused("ClaimConflict", f"installing {' '.join(missing)} would remove package {name}, which role {claimed[name]} needs",
                              path=f"package {name}", roles=[claimed[name]])
        return apt(*arguments)
    if code and re.search(r"Unable to locate|404 +Not Found|has no installation candidate|Unable to fetch|was not found", out + err):
        apt_update(say)
        return apt("--no-remove", *arguments)
    return code, out, err


def remove_packages(names, others):
    """Removes packages that Postfleet installed and nobody claims, with what they alone had pulled in. Never purges."""
    known = read_json(at(f"{STATE}/packages.json"), {"installed": [], "pulled": []})
    claimed = {name for other in others.values() for key in ("packages", "packagesAhead") for name in other.get(key, [])}
    ours = {*known["installed"], *known["pulled"]} - claimed
    present = Dpkg.read()

    def harmless(candidates):
        return {*re.findall(r"^Remv (\S+)", apt("-s", "remove", *candidates)[1], re.M)} <= ours

    going = [name for name in sorted({*names}) if name in known["installed"] and name in present and name not in claimed]
    if going and not harmless(going):
        going = [name for name in going if harmless([name])]
    if going:
        before = {*present}
        code, out, err = apt("remove", *going)
        if code:
            raise apt_failed("apt-get remove", code, out, err)
        unneeded = [name for name in re.findall(r"^Remv (\S+)", apt("-s", "autoremove")[1], re.M) if name in known["pulled"]]
        if unneeded and harmless(unneeded):
            apt("remove", *unneeded)
        going = sorted(before - {*Dpkg.read()})
    present = Dpkg.read()
    if os.path.exists(at(f"{STATE}/packages.json")):
        write_json(at(f"{STATE}/packages.json"), {key: [name for name in known[key] if name in present] for key in known})
    return going


# ------------------------------------------------------------------------------------------------------------------ users


def make_users(users, say):
    """Creates system users with a group of the same name; returns the names of those made or changed."""
    made = []
    for name, spec in users.items():
        fact = user_fact(name)
        if fact and spec.get("uid") is not None and fact["uid"] != spec["uid"]:
            raise Refused("ApplyFailed", f"user {name} exists with uid {fact['uid']}, wanted is {spec['uid']}: its files would be orphaned",
                          stage="users", output="")
        if not fact:
            say("users", f"useradd {name}")
            numeric = ["--uid", str(spec["uid"])] if spec.get("uid") is not None else []
            if not has_group(name):
                must(["groupadd", "--system", *(["--gid", str(spec["uid"])] if numeric else []), name], "users")
            must(["useradd", "--system", "--no-create-home", "--home-dir", spec["home"], "--shell", spec["shell"], "--gid", name, *numeric, name], "users")
        elif fact["home"] != spec["home"] or fact["shell"] != spec["shell"]:
            must(["usermod", "--home", spec["home"], "--shell", spec["shell"], name], "users")
        lacking = [group for group in spec["groups"] if group not in (user_fact(name) or {"groups": []})["groups"] and group != name]
        if lacking:
            must(["usermod", "--append", "--groups", ",".join(lacking), name], "users")
        if not fact or lacking or fact["home"] != spec["home"] or fact["shell"] != spec["shell"]:
            made.append(name)
    return made


def has_group(name):
    try:
        return bool(grp.getgrnam(name))
    except KeyError:
        return False


def must(argv, stage, **details):
    code, out, err = run(argv)
    if code:
        raise Refused("ApplyFailed", f"`{' '.join(argv)}` failed (exit code {code})", stage=stage, argv=argv, output=tail(f"{out}\n{err}"), **details)


# ------------------------------------------------------------------------------------------------------------ transaction


class Transaction:
    """The files, links and directories of one apply: planned, staged beside their targets, swapped, and undone if need be.

    The journal says how to undo it and is on disk before anything is touched.
    """

    def __init__(self, manifest, apply_id):
        self.role, self.id = manifest["role"], apply_id
        self.place = at(f"{JOURNAL}/{self.role}")
        self.journal = {"role": self.role, "id": apply_id, "state": "staging", "started": int(time.time()), "entries": [],
                        "directories": [], "originals": [], "sysctl": {}, "units": {}, "services": manifest["services"]}
        self.changed, self.kept = [], []

    # -- plan

    def plan(self, manifest, record, others):
        """Compares what is wanted with what is there, and decides about every path of this role, old and new."""
        wanted = {path: ("file", spec) for path, spec in {**manifest["files"], **manifest["secretFiles"]}.items()}
        wanted |= {path: ("link", target) for path, target in manifest["links"].items()}
        if manifest["sysctl"]:
            text = sysctl_text(self.role, manifest["sysctl"])
            wanted[sysctl_file(self.role)] = ("file", {"content": text, "mode": "0644", "owner": "root", "group": "root"})
        for path, (kind, spec) in wanted.items():
            state = file_state(path)
            if state["kind"] in ("directory", "other"):
                raise Refused("ApplyFailed", f"{path} is a {state['kind']} on the host, wanted is a {kind}", stage="plan", path=path)
            entry = {"path": path, "kind": kind, "before": state}
            if kind == "link":
                entry["target"] = spec
                same = state["kind"] == "link" and state["target"] == spec
            else:
                entry |= {"data": spec["content"].encode(), "mode": int(spec["mode"], 8), "uid": uid_of(spec["owner"], path), "gid": gid_of(spec["group"], path)}
                same = state["kind"] == "file" and state["sha256"] == hashlib.sha256(entry["data"]).hexdigest() \
                    and (state["mode"], state["uid"], state["gid"]) == (entry["mode"], entry["uid"], entry["gid"])
            self.note_original(path, state, record, others)
            if not same:
                self.add(entry)
        self.plan_removals(wanted, manifest, record, others)
        self.plan_directories(manifest)

    def plan_removals(self, wanted, manifest, record, others):
        """Paths that left the manifest go, or get their original back; unless another role claims them or they are kept."""
        old = {*record.get("files", {}), *record.get("links", {}), *([sysctl_file(self.role)] if record.get("sysctl") else [])} - wanted.keys()
        claimed = {path for other in others.values() for path in path_claims(other)}
        keep = [*manifest["keep"], *record.get("keep", []), *(path for other in others.values() for path in other.get("keep", []))]
        for path in sorted(old):
            state = file_state(path)
            if path in claimed or below(path, keep) or state["kind"] in ("absent", "directory", "other"):
                continue
            original = read_originals().get(path)
            entry = {"path": path, "kind": "absent", "before": state}
            if original:
                entry |= {k: original[k] for k in ("kind", "mode", "uid", "gid", "target") if k in original}
                if original["kind"] == "file":
                    with open(original_copy(path), "rb") as file:
                        entry["data"] = file.read()
            self.add(entry)

    def plan_directories(self, manifest):
        for path, spec in sorted(manifest["directories"].items()):
            state = file_state(path)
            wanted = {"mode": int(spec["mode"], 8), "uid": uid_of(spec["owner"], path), "gid": gid_of(spec["group"], path)}
            if state["kind"] not in ("absent", "directory"):
                raise Refused("ApplyFailed", f"{path} is a {state['kind']} on the host, wanted is a directory", stage="plan", path=path)
            if state["kind"] == "absent" or any(state[key] != wanted[key] for key in wanted):
                self.journal["directories"].append({"path": path, "before": state, **wanted})
                self.changed.append(path)

    def note_original(self, path, state, record, others):
        """A file that was there before any role owned the path is kept, to be put back when the role goes."""
        owned = [record, *others.values()]
        if state["kind"] in ("file", "link") and path not in read_originals() and path != sysctl_file(self.role) \
                and not any(path in claims.get("files", {}) or path in claims.get("links", {}) for claims in owned):
            self.journal["originals"].append(path)
            self.kept.append((path, state))

    def add(self, entry):
        if entry["before"]["kind"] == "file" and "data" not in entry["before"]:
            with open(at(entry["path"]), "rb") as file:
                entry["before"]["data"] = file.read()
        self.journal["entries"].append(entry)
        self.changed.append(entry["path"])

    @property
    def empty(self):
        return not self.changed and not self.kept

    # -- stage

    def stage(self):
        """Journal, old contents, then the new files beside their targets. A full disk ends here, with nothing changed."""
        try:
            self.check_space()
            remove_tree(self.place)
            os.makedirs(self.place, mode=0o700, exist_ok=True)
            for number, entry in enumerate(self.journal["entries"]):
                entry["staged"] = f"{os.path.dirname(entry['path'])}/.postfleet-{self.id}-{number}"
                if "data" in entry["before"]:
                    entry["backup"] = f"old-{number}"
                    write_whole(f"{self.place}/{entry['backup']}", entry["before"]["data"])
            self.write_journal()
            self.keep_originals()
            self.make_directories()
            for entry in self.journal["entries"]:
                self.stage_one(entry)
        except OSError as error:
            problems = self.undo()
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise disk_full(error.filename or "", str(error)) from error
            raise Refused("ApplyFailed", f"staging the files failed: {error}", stage="stage", path=error.filename, rolledBack=not problems) from error

    def stage_one(self, entry):
        if entry["kind"] == "absent":
            return
        staged = at(entry["staged"])
        self.make_parents(os.path.dirname(entry["path"]))
        if entry["kind"] == "link":
            os.symlink(entry["target"], staged)
            return
        fd = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            view = memoryview(entry["data"])
            while view:
                view = view[os.write(fd, view):]
            change_owner(fd, entry)
            os.fchmod(fd, entry["mode"])
            os.fsync(fd)
        except OSError as error:
            error.filename = error.filename or entry["path"]
            raise
        finally:
            os.close(fd)

    def check_space(self):
        """Refuses early what cannot fit: new contents on their filesystems, old ones in the journal."""
        need = {}
        for entry in self.journal["entries"]:
            for path, size in ((entry["path"], len(entry.get("data", b""))), (STATE, len(entry["before"].get("data", b"")))):
                place = existing_parent(path)
                device = os.stat(place).st_dev
                need[device] = (place, need.get(device, (place, 0))[1] + size + 4096)
        for place, size in need.values():
            vfs = os.statvfs(place)
            if vfs.f_bavail * vfs.f_frsize < size:
                raise OSError(errno.ENOSPC, f"{size} bytes are needed, {vfs.f_bavail * vfs.f_frsize} are free", place)

    def make_directories(self):
        for directory in self.journal["directories"]:
            self.make_parents(os.path.dirname(directory["path"]))
            if directory["before"]["kind"] == "absent":
                os.mkdir(at(directory["path"]), 0o700)
            change_owner(at(directory["path"]), directory)
            os.chmod(at(directory["path"]), directory["mode"])

    def make_parents(self, path):
        """Parents nobody declared: root's, 0755, and noted in the journal before they exist."""
        missing = []
        while not os.path.isdir(at(path)):
            missing.append(path)
            path = os.path.dirname(path)
        for parent in reversed(missing):
            self.journal["directories"].append({"path": parent, "before": {"kind": "absent"}})
            self.write_journal()
            os.mkdir(at(parent), 0o755)

    def keep_originals(self):
        originals = read_originals()
        for path, state in self.kept:
            if state["kind"] == "file":
                if "data" not in state:
                    with open(at(path), "rb") as file:
                        state["data"] = file.read()
                write_whole(original_copy(path), state["data"])
            originals[path] = {k: state[k] for k in ("kind", "mode", "uid", "gid", "target", "sha256") if k in state}
        if self.kept:
            write_json(at(f"{ORIGINAL}/index.json"), originals)

    def write_journal(self):
        plain = {**self.journal, "entries": [{k: v for k, v in entry.items() if k != "data"} | {"before": {k: v for k, v in entry["before"].items() if k != "data"}}
                                             for entry in self.journal["entries"]]}
        write_json(f"{self.place}/journal.json", plain)

    # -- swap, undo, commit

    def swap(self):
        self.journal["state"] = "swapping"
        self.write_journal()
        for entry in self.journal["entries"]:
            try:
                if entry["kind"] == "absent":
                    remove_quietly(at(entry["path"]))
                else:
                    os.rename(at(entry["staged"]), at(entry["path"]))
            except OSError as error:
                raise Refused("ApplyFailed", f"replacing {entry['path']} failed: {error}", stage="swap", path=entry["path"]) from error
        for parent in {os.path.dirname(entry["path"]) for entry in self.journal["entries"]}:
            if os.path.isdir(at(parent)):
                sync_directory(at(parent))

    def undo(self):
        """Puts back contents, modes, owners and absences; returns what could not be put back. May be repeated."""
        problems = []
        for entry in self.journal["entries"]:
            try:
                if "staged" in entry:
                    remove_quietly(at(entry["staged"]))
                if self.journal["state"] == "swapping":
                    self.put_back(entry)
            except OSError as error:
                problems.append(f"{entry['path']}: {error}")
        for directory in reversed(self.journal["directories"]):
            try:
                if directory["before"]["kind"] == "absent":
                    os.rmdir(at(directory["path"]))
                else:
                    change_owner(at(directory["path"]), directory["before"])
                    os.chmod(at(directory["path"]), directory["before"]["mode"])
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.ENOENT):
                    problems.append(f"{directory['path']}: {error}")
        drop_originals(self.journal["originals"])
        return problems

    def put_back(self, entry):
        before, path = entry["before"], at(entry["path"])
        if before["kind"] == "absent":
            remove_quietly(path)
        elif before["kind"] == "link":
            swap_in_link(before["target"], path)
        else:
            with open(f"{self.place}/{entry['backup']}", "rb") as file:
                put_file(path, file.read(), before)

    def commit(self):
        remove_tree(self.place)

    @classmethod
    def interrupted(cls, role):
        """The transaction that a crash left behind, from its journal."""
        journal = read_json(at(f"{JOURNAL}/{role}/journal.json"))
        if journal is None:  # it died before its first step
            remove_tree(at(f"{JOURNAL}/{role}"))
            return None
        left = cls({"role": role, "services": journal["services"]}, journal["id"])
        left.journal, left.changed = journal, [entry["path"] for entry in journal["entries"]]
        return left


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


# ----------------------------------------------------------------------------------------------------------------- units


UNIT_PLACES = ["/etc/systemd/", "/lib/systemd/", "/usr/lib/systemd/", "/run/systemd/"]


def systemctl(verb, *units):
    return run(["systemctl", verb, *units])


def unit_log(unit, lines=15):
    run(["journalctl", "--sync"], 10)
    return tail(run(["journalctl", "-u", unit, "-n", str(lines), "-q", "--no-pager", "-o", "cat"], 20)[1], lines)


def unit_facts(names):
    shown = Units.now(names)
    return {unit: unit_fact(shown.get(unit, {})) for unit in names}


def unit_conforms(spec, fact):
    if spec.get("masked"):
        return fact["masked"] and not fact["running"]
    return not fact["masked"] and fact["enabled"] in (None, spec["enabled"]) and fact["running"] == spec["running"]


def switch(unit_verbs):
    """Masks, unmasks, enables, disables: one call a verb, one reload of systemd for all. Returns the failures."""
    problems = []
    for verb, units in unit_verbs.items():
        if units:
            code, out, err = run(["systemctl", verb, "--no-reload", *units])
            if code:
                problems.append((verb, units, tail(f"{out}\n{err}")))
    if any(unit_verbs.values()):
        systemctl("daemon-reload")
    return problems


def act(unit, verb, spec, changed, done):
    """Starts, stops, reloads or restarts; a failure carries the unit's last words and the changed files it depends on."""
    done[unit] = {"start": "started", "stop": "stopped", "restart": "restarted", "reload-or-restart": "reloaded"}[verb]
    if verb in ("start", "restart"):
        systemctl("reset-failed", unit)
    code, _, err = systemctl(verb, unit)
    if code:
        log = unit_log(unit)
        concerned = [path for path in changed if touched([path], spec.get("reloadOn", []) + spec.get("restartOn", []))]
        raise Refused("ApplyFailed", f"`systemctl {verb} {unit}` failed", stage="units", unit=unit, argv=["systemctl", verb, unit],
                      output=log or tail(err), files=(concerned or changed)[:20])


def change_units(services, changed, upgraded, since, done, say):
    """Brings the units into the wanted state, in the manifest's order, touching only what must change."""
    if any(below(path, UNIT_PLACES) for path in changed):
        systemctl("daemon-reload")
    facts = unit_facts(services)
    for unit, spec in services.items():
        if spec.get("masked") and facts[unit]["running"]:
            act(unit, "stop", spec, changed, done)
    masks = {"mask": [u for u, s in services.items() if s.get("masked") and not facts[u]["masked"]],
             "unmask": [u for u, s in services.items() if not s.get("masked") and facts[u]["masked"]]}
    problems = switch(masks)
    if masks["unmask"]:
        facts |= unit_facts(masks["unmask"])
    plain = {unit: spec for unit, spec in services.items() if not spec.get("masked")}
    switches = {"enable": [u for u, s in plain.items() if s["enabled"] and facts[u]["enabled"] is False],
                "disable": [u for u, s in plain.items() if not s["enabled"] and facts[u]["enabled"]]}
    problems += switch(switches)
    for verb, units in {**masks, **switches}.items():
        done.update({unit: f"{verb}d".replace("eed", "ed").replace("kd", "ked") for unit in units})
    if problems:
        verb, units, output = problems[0]
        raise Refused("ApplyFailed", f"`systemctl {verb} {' '.join(units)}` failed", stage="units", unit=units[0], argv=["systemctl", verb, *units], output=output)
    for unit, spec in plain.items():
        verb = unit_verb(spec, facts[unit], changed, upgraded and started_before(unit, since))
        if verb:
            say("units", f"{verb} {unit}")
            act(unit, verb, spec, changed, done)


def unit_verb(spec, fact, changed, outdated):
    if not spec["running"]:
        return "stop" if fact["running"] else None
    if not fact["running"]:
        return "start"
    if outdated or touched(changed, spec["restartOn"]):
        return "restart"
    return "reload-or-restart" if touched(changed, spec["reloadOn"]) else None


def started_before(unit, since):
    """Whether a running unit is older than `since` (CLOCK_MONOTONIC seconds): it runs a program that was replaced."""
    stamp = Units.now([unit]).get(unit, {}).get("ActiveEnterTimestampMonotonic", "0")
    return int(stamp or 0) < since * 1e6


def units_back(before, services, changed, done):
    """Undoes what happened to units. `done` is None after a crash: then everything may have happened."""
    problems = []
    if done is None or any(below(path, UNIT_PLACES) for path in changed):
        systemctl("daemon-reload")
    now = unit_facts(before)
    touched_units = {unit: was for unit, was in before.items() if done is None or unit in done}
    problems += switch({"unmask": [u for u, was in touched_units.items() if now[u]["masked"] and not was["masked"]]})
    problems += switch({"mask": [u for u, was in touched_units.items() if was["masked"] and not now[u]["masked"]],
                        "enable": [u for u, was in touched_units.items() if was["enabled"] and now[u]["enabled"] is False],
                        "disable": [u for u, was in touched_units.items() if was["enabled"] is False and now[u]["enabled"] and not was["masked"]]})
    for unit, was in touched_units.items():
        spec = services.get(unit, {})
        verb = None
        if was["running"] and not now[unit]["running"]:
            systemctl("reset-failed", unit)
            verb = "start"
        elif was["running"] and (touched(changed, spec.get("restartOn", [])) or (done or {}).get(unit) == "restarted"):
            systemctl("reset-failed", unit)
            verb = "restart"
        elif was["running"] and touched(changed, spec.get("reloadOn", [])):
            verb = "reload-or-restart"
        elif not was["running"] and (now[unit]["running"] or now[unit]["active"] == "activating"):
            verb = "stop"
        if verb:
            code, _, err = systemctl(verb, unit)
            if code:
                problems.append((verb, [unit], tail(err)))
        if not was["running"] and not was["failed"]:
            systemctl("reset-failed", unit)
    return [f"systemctl {verb} {' '.join(units)}: {text}" for verb, units, text in problems]


# ---------------------------------------------------------------------------------------------------------------- health


STEADY_SECONDS = {"started": 1.0, "restarted": 1.0, "reloaded": 0.3}


def check_health(manifest, done, acted, changed, say):
    """Runs all probes at once; running units must be active and stay so. Raises with the first failure in their order."""
    import threading

    running = [unit for unit, spec in manifest["services"].items() if spec["running"] and not spec.get("masked")]
    checks = [("units", lambda: units_hold(running, done, acted))]
    for probe in manifest["health"]:
        checks.append((probe_name(probe), lambda probe=probe: repeat_probe(probe)))
    if manifest["health"]:
        say("health", ", ".join(name for name, _ in checks[1:]))
    answers = [None] * len(checks)

    def ask(number):
        try:
            answers[number] = checks[number][1]()
        except Exception as error:  # a probe that breaks has not passed
            answers[number] = (f"{type(error).__name__}: {error}", None)

    threads = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(len(checks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for (name, _), answer in zip(checks, answers):
        if answer:
            said, unit = answer
            units = [unit] if unit else [u for u in running if done.get(u) in STEADY_SECONDS][:3] or running[:1]
            logs = "\n".join(f"{u}: {unit_log(u)}" for u in units)
            raise Refused("ApplyFailed", f"health: {unit or name}: {said}", stage="health", unit=unit, output=logs, files=changed[:20])


def units_hold(units, done, acted):
    """Active now, and after a start or restart still the same process a moment later."""
    if not units:
        return None
    moment = acted + max([STEADY_SECONDS.get(done.get(unit), 0) for unit in units]) - time.monotonic()
    if moment > 0:
        time.sleep(moment)
    deadline = time.monotonic() + 30
    while True:
        shown = Units.now(units)
        states = {unit: f"{s.get('ActiveState')} ({s.get('SubState')})" for unit, s in shown.items()}
        for unit in units:
            restarts = shown.get(unit, {}).get("NRestarts", "0")
            if done.get(unit) in ("started", "restarted") and restarts not in ("0", ""):
                return f"it ended and was started again {restarts} times", unit
        waiting = [unit for unit in units if states.get(unit, "").startswith("activating")]
        for unit in units:
            if unit not in waiting and not unit_fact(shown.get(unit, {}))["running"]:
                return f"it is {states.get(unit, 'unknown')}", unit
        if not waiting:
            return None
        if time.monotonic() > deadline:
            return f"it is still {states[waiting[0]]} after 30 s", waiting[0]
        time.sleep(0.2)


def probe_name(probe):
    if probe["kind"] == "tcp":
        return f"{'tls' if probe.get('tls') else 'tcp'} {probe['address']}:{probe['port']}"
    return {"http": lambda: probe["url"], "command": lambda: "`" + " ".join(probe["argv"]) + "`", "unit": lambda: probe["unit"]}[probe["kind"]]()


def repeat_probe(probe):
    deadline, pause = time.monotonic() + probe["timeout"], 0.05
    while True:
        left = max(deadline - time.monotonic(), 0.2)
        said = {"tcp": probe_tcp, "http": probe_http, "command": probe_command, "unit": probe_unit}[probe["kind"]](probe, left)
        if said is None:
            return None
        if time.monotonic() + pause >= deadline:
            return f"{said} (for {probe['timeout']:g} s)", probe.get("unit")
        time.sleep(pause)
        pause = min(pause * 2, 1)


def connect(address, port, timeout, tls):
    import socket

    plain = socket.create_connection((address, port), timeout)
    if not tls:
        return plain
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # whether it serves, not who it is
    try:
        return context.wrap_socket(plain, server_hostname=None if ":" in address or address.replace(".", "").isdigit() else address)
    except OSError:
        plain.close()
        raise


def probe_tcp(probe, left):
    try:
        with connect(probe["address"], probe["port"], left, probe.get("tls")) as peer:
            expect, line = (probe.get("expect") or "").encode(), b""
            while expect and len(line) < len(expect) and b"\n" not in line:
                part = peer.recv(512)
                if not part:
                    break
                line += part
            if not line.startswith(expect):
                return f"it said {line[:80].decode(errors='replace')!r}, expected is {probe['expect']!r}"
            return None
    except OSError as error:
        return str(error)


def probe_http(probe, left):
    scheme, _, rest = probe["url"].partition("://")
    authority, _, path = rest.partition("/")
    match = re.fullmatch(r"(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?", authority)
    if scheme not in ("http", "https") or not match:
        return f"{probe['url']!r} is no http or https address"
    host, port = match[1] or match[2], int(match[3] or (443 if scheme == "https" else 80))
    try:
        with connect(host, port, left, scheme == "https") as peer:
            peer.sendall(f"GET /{path} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: postfleet\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while b"\r\n" not in answer and len(answer) < 4096 and (part := peer.recv(4096)):
                answer += part
        line = answer.partition(b"\r\n")[0].decode(errors="replace")
        return None if line.split(" ")[1:2] == [str(probe["status"])] else f"it answered {line[:80]!r}, expected is status {probe['status']}"
    except OSError as error:
        return str(error)


def probe_command(probe, left):
    code, out, err = run(probe["argv"], left)
    return None if code == 0 else f"exit code {code}: {tail(f'{out}{err}', 10)}"


def probe_unit(probe, left):
    shown = Units.now([probe["unit"]]).get(probe["unit"], {})
    return None if shown.get("ActiveState") == "active" else f"it is {shown.get('ActiveState')} ({shown.get('SubState')})"


# ----------------------------------------------------------------------------------------------------------------- apply


def apply(request, say):
    """Brings the host to what one role wants; all or nothing from the first file on (packages, users stay)."""
    manifest, role = request["manifest"], request["manifest"]["role"]
    check_paths(manifest)
    lock = HostLock()
    try:
        lock.wait(f"role {role} (apply by {request.get('operator') or 'unknown'})", request.get("lockWait", 300), say)
        recover(say)
        remove_quietly(at(f"{RESULTS}/{role}.json"))
        records = read_records()
        others = {name: record for name, record in records.items() if name != role}
        record = records.get(role) or request.get("previous") or {}
        check_claims(record_of(manifest), record, others)
        return apply_locked(manifest, record, role in records, others, request["applyId"], say)
    finally:
        lock.release()


def apply_locked(manifest, record, applied, others, apply_id, say):
    role, since, clock = manifest["role"], time.monotonic(), Stages()
    for place in (STATE, ROLES, JOURNAL, ORIGINAL, RESULTS):
        os.makedirs(at(place), mode=0o755 if place == STATE else 0o700, exist_ok=True)
    packages = install_packages(manifest, others, say)
    clock.end("packages")
    users = make_users(manifest["users"], say)
    change = Transaction(manifest, apply_id)
    change.plan(manifest, record, others)
    dropped = dropped_units(manifest["services"], record, others)
    change.journal["units"] = unit_facts([*manifest["services"], *dropped])
    change.journal["sysctl"] = {key: sysctl_live(key) for key, value in manifest["sysctl"].items() if sysctl_live(key) != " ".join(value.split())}
    upgraded = [name for name in packages["upgraded"] if name in manifest["packages"]]
    work = Work(manifest, change, {**packages, "upgraded": upgraded}, users, since)
    busy = not change.empty or dropped or upgraded or change.journal["sysctl"] or work.commands_due() \
        or any(not unit_conforms(spec, change.journal["units"][unit]) for unit, spec in manifest["services"].items())
    if busy:
        if change.changed:
            say("files", f"{len(change.changed)} to change")
        change.stage()
    clock.end("stage")
    dropped_packages = [name for name in record.get("packages", {}) if name not in manifest["packages"]]
    try:
        if busy:
            work.make_it_so(record, dropped, clock, say)
        check_health(manifest, work.done, work.acted, change.changed, say)
        clock.end("health")
        new = {**record_of(manifest), "made": sorted({*record.get("made", []), *(d["path"] for d in change.journal["directories"] if d["before"]["kind"] == "absent")}),
               "sysctlBefore": {**change.journal["sysctl"], **record.get("sysctlBefore", {})}}
        if not applied or new != record:
            write_json(at(f"{ROLES}/{role}.json"), new)
    except Exception as error:
        say("rollback", str(error))
        failure = error if isinstance(error, Refused) else Refused("DiskFull" if getattr(error, "errno", 0) == errno.ENOSPC else "ApplyFailed", str(error), stage="apply")
        problems = roll_back(change, work.done, record, work.commands_run) if busy else []
        failure.details |= {"rolledBack": not problems, "rollbackProblems": problems, "files": failure.details.get("files") or change.changed[:20]}
        change.commit()
        raise failure from error
    change.commit()
    warnings = []
    try:
        removed = remove_packages(dropped_packages, others) if dropped_packages else []
    except Refused as refused:
        removed, warnings = [], [f"{refused}: {refused.details.get('output', '')}"]
    return {"changed": bool(busy or packages["installed"] or users or removed), "packages": {**packages, "removed": removed}, "users": users,
            "paths": change.changed, "sysctl": sorted(change.journal["sysctl"]), "commands": work.commands_run, "services": work.done,
            "warnings": warnings, "seconds": clock.seconds}


class Stages:
    """How long each stage took, for the result."""

    def __init__(self):
        self.last, self.seconds = time.monotonic(), {}

    def end(self, stage):
        now = time.monotonic()
        self.seconds[stage], self.last = round(now - self.last, 3), now


class Work:
    """What an apply does once its files are staged, and a note of what it did, for the way back."""

    def __init__(self, manifest, change, packages, users, since):
        self.manifest, self.change, self.packages, self.since = manifest, change, packages, since
        self.anything = bool(change.changed or users or packages["installed"] or packages["upgraded"])
        self.done, self.commands_run, self.acted = {}, [], 0.0

    def commands_due(self):
        return [command for command in self.manifest["prepare"]
                if (not command["onChange"] and self.anything) or touched(self.change.changed, command["onChange"])
                or (command.get("creates") and not os.path.lexists(at(command["creates"])))]

    def make_it_so(self, record, dropped, clock, say):
        manifest, changed = self.manifest, self.change.changed
        for unit in dropped:
            stop_for_good(unit, record["services"][unit], self.done, say)
        self.change.swap()
        for command in self.commands_due():
            say("prepare", " ".join(command["argv"]))
            self.commands_run.append(command["argv"])
            self.command(command["argv"], "prepare")
        clock.end("prepare")
        set_sysctl({key: manifest["sysctl"][key] for key in self.change.journal["sysctl"]})
        if self.anything:
            for validator in manifest["validate"]:
                self.command(validator["argv"], "validate", validator.get("stderrFails") or False)
        clock.end("validate")
        change_units(manifest["services"], changed, self.packages["upgraded"], self.since, self.done, say)
        self.acted = time.monotonic()
        clock.end("units")

    def command(self, argv, stage, stderr_fails=False):
        code, out, err = run(argv)
        if code or (stderr_fails and err.strip()):
            output = tail(f"{out}\n{err}")
            named = [path for path in self.change.changed if path in output]
            how = f"exit code {code}" if code else "it wrote to standard error"
            raise Refused("ApplyFailed", f"{stage}: `{' '.join(argv)}` failed ({how})", stage=stage, argv=argv, output=output,
                          path=named[0] if named else None, files=(named or self.change.changed)[:20])


def set_sysctl(settings):
    for key, value in settings.items():
        try:
            with open(sysctl_path(key), "w", encoding="ascii") as file:
                file.write(value)
        except OSError as error:
            raise Refused("ApplyFailed", f"setting {key} to {value!r} failed: {error}", stage="sysctl", path=sysctl_path(key).removeprefix(ROOT)) from error


def dropped_units(services, record, others):
    claimed = {unit for other in others.values() for unit in other.get("services", {})}
    return [unit for unit in record.get("services", {}) if unit not in services and unit not in claimed]


def stop_for_good(unit, spec, done, say):
    """A unit that nobody claims any more: stopped and disabled; a mask is taken off."""
    fact = unit_facts([unit])[unit]
    if spec.get("masked"):
        if fact["masked"]:
            switch({"unmask": [unit]})
            done[unit] = "unmasked"
        return
    if fact["running"] or fact["active"] == "activating":
        say("units", f"stop {unit}")
        act(unit, "stop", spec, [], done)
    if fact["enabled"]:
        switch({"disable": [unit]})
        done.setdefault(unit, "disabled")
    if fact["failed"]:
        systemctl("reset-failed", unit)


def roll_back(change, done, record, commands):
    """Files, then what was made from them, kernel settings, units. Returns what did not work, in words."""
    problems = change.undo() if change.journal["state"] == "swapping" or change.journal["entries"] or change.journal["directories"] else []
    old_commands = [command["argv"] for command in record.get("prepare", [])]
    for argv in commands:
        if argv in old_commands:
            code, out, err = run(argv)
            if code:
                problems.append(f"`{' '.join(argv)}`: {tail(f'{out}{err}', 5)}")
    for key, value in change.journal["sysctl"].items():
        try:
            if value is not None and sysctl_live(key) != value:
                set_sysctl({key: value})
        except Refused as refused:
            problems.append(str(refused))
    return problems + units_back(change.journal["units"], {**record.get("services", {}), **change.journal["services"]}, change.changed, done)


def recover(say):
    """Undoes every apply whose process died in the middle (power loss, kill -9). The caller holds the lock of the host."""
    tidy_policy()
    for role in list_directory(at(JOURNAL)):
        change = Transaction.interrupted(role)
        if change is None:
            continue
        say("recover", f"role {role}: an interrupted apply is rolled back")
        record = read_records().get(role, {})
        commands = [command["argv"] for command in record.get("prepare", []) if not command["onChange"] or touched(change.changed, command["onChange"])]
        problems = roll_back(change, None, record, commands if change.journal["state"] == "swapping" else [])
        store_result(role, change.journal["id"], {"interrupted": True, "files": change.changed, "problems": problems})
        change.commit()


# ---------------------------------------------------------------------------------------------------------------- remove


def remove(request, say):
    """Takes a role off the host. Data (keep), users, and whatever another role claims stay."""
    role = request["role"]
    lock = HostLock()
    try:
        lock.wait(f"role {role} (removal by {request.get('operator') or 'unknown'})", request.get("lockWait", 300), say)
        recover(say)
        records = read_records()
        others = {name: record for name, record in records.items() if name != role}
        return remove_locked(role, records.get(role) or request.get("previous") or {}, request.get("keep", []), others, say)
    finally:
        lock.release()


def remove_locked(role, record, keep, others, say):
    done, problems, changed, restored, kept = {}, [], [], [], []
    for unit in dropped_units({}, record, others):
        try:
            stop_for_good(unit, record["services"][unit], done, say)
        except Refused as refused:
            problems.append(f"{refused}: {refused.details.get('output', '')}")
    keep = [*keep, *record.get("keep", []), *(path for other in others.values() for path in other.get("keep", []))]
    claimed = {path for other in others.values() for path in path_claims(other)}
    originals = read_originals()
    for path in sorted({*record.get("files", {}), *record.get("links", {}), sysctl_file(role)}):
        state = file_state(path)
        if state["kind"] not in ("file", "link"):
            continue
        if path in claimed or below(path, keep):
            kept.append(path)
        elif path in originals:
            restore_original(path, originals[path])
            restored.append(path)
        else:
            remove_quietly(at(path))
            changed.append(path)
    drop_originals(restored)
    for key, value in record.get("sysctlBefore", {}).items():
        if value is not None and not any(key in other.get("sysctl", {}) for other in others.values()):
            try:
                set_sysctl({key: value})
            except Refused as refused:
                problems.append(str(refused))
    if any(below(path, UNIT_PLACES) for path in [*changed, *restored]):
        systemctl("daemon-reload")
    for unit, spec in record.get("services", {}).items():  # units shared with other roles take notice
        if unit not in done and touched([*changed, *restored], spec["reloadOn"] + spec["restartOn"]) and unit_facts([unit])[unit]["running"]:
            code, _, err = systemctl("restart" if touched([*changed, *restored], spec["restartOn"]) else "reload-or-restart", unit)
            problems += [f"{unit}: {tail(err)}"] if code else []
    say("packages", "removing what nobody else needs")
    packages = remove_packages([*record.get("packages", {}), *record.get("packagesAhead", [])], others)
    for path in sorted({*record.get("made", [])}, reverse=True):
        if path in claimed or below(path, keep):
            continue
        try:
            os.rmdir(at(path))
            changed.append(path)
        except OSError as error:
            kept += [path] if error.errno == errno.ENOTEMPTY else []
    remove_quietly(at(f"{ROLES}/{role}.json"))
    remove_quietly(at(f"{RESULTS}/{role}.json"))
    if not others:
        tidy_state()
    return {"services": done, "removed": changed, "restored": restored, "kept": kept, "packages": packages, "warnings": problems}


def restore_original(path, spec):
    if spec["kind"] == "link":
        swap_in_link(spec["target"], at(path))
        return
    with open(original_copy(path), "rb") as file:
        put_file(at(path), file.read(), spec)


def tidy_state():
    """After the last role nothing of ours stays, unless it still means something."""
    known = read_json(at(f"{STATE}/packages.json"), {"installed": [], "pulled": []})
    if not known["installed"] and not known["pulled"]:
        remove_quietly(at(f"{STATE}/packages.json"))
    if not read_originals():
        remove_quietly(at(f"{ORIGINAL}/index.json"))
    remove_quietly(at(f"{STATE}/apt-updated"))
    for place in (ROLES, JOURNAL, ORIGINAL, RESULTS, STATE):
        try:
            os.rmdir(at(place))
        except OSError:
            pass


# -------------------------------------------------------------------------------------------------------------- protocol


def secrets_of(manifest):
    """Lines and words of secret files that must not appear in any message."""
    words = set()
    for spec in manifest.get("secretFiles", {}).values():
        for line in spec["content"].splitlines():
            words |= {word for word in [line.strip(), *re.split(r"[\s\"'=:;,{}()<>]+", line)] if len(word) >= 8}
    plain = "\n".join(spec["content"] for spec in manifest.get("files", {}).values())
    plain += "\n".join([*manifest.get("files", {}), *manifest.get("secretFiles", {})])
    return sorted((word for word in words if word not in plain), key=len, reverse=True)


def redact(value, secrets):
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "[secret]")
        return value
    if isinstance(value, list):
        return [redact(item, secrets) for item in value]
    if isinstance(value, dict):
        return {key: redact(item, secrets) for key, item in value.items()}
    return value


def detach(request, operation):
    """Runs apply or remove in a session of its own, so that it ends well without us. Returns a pipe of JSON lines."""
    role = request["role"] if "role" in request else request["manifest"]["role"]
    reader, writer = os.pipe()
    Units.forget()
    first = os.fork()
    if first:
        os.close(writer)
        os.waitpid(first, 0)
        return reader
    os.makedirs(at(RUN), mode=0o700, exist_ok=True)
    mark = os.open(at(f"{RUN}/apply-{request['applyId']}"), os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    fcntl.flock(mark, fcntl.LOCK_EX)  # held until the grandchild ends, however it ends
    os.write(mark, role.encode())
    os.setsid()
    if os.fork():
        os._exit(0)
    nothing = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nothing, fd)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    secrets = secrets_of(request.get("manifest", {}))

    def send(message):
        try:
            os.write(writer, json.dumps(redact(message, secrets)).encode() + b"\n")
        except OSError:
            pass  # nobody listens any more, or does not keep up

    def say(stage, message):
        os.set_blocking(writer, False)
        send({"progress": {"stage": stage, "message": message[:1000]}})

    try:
        outcome = {"result": operation(request, say)}
    except Refused as refused:
        outcome = {"error": refused.as_json()}
    except BaseException as error:
        import traceback
        outcome = {"error": {"kind": "AgentFailed", "message": f"{type(error).__name__}: {error}", "details": {"output": traceback.format_exc()[-3000:]}}}
    outcome = redact(outcome, secrets)
    try:
        if operation is apply:
            store_result(role, request["applyId"], outcome)  # until the client acknowledges it
    except OSError:
        pass
    remove_quietly(at(f"{RUN}/apply-{request['applyId']}"))
    os.set_blocking(writer, True)
    send(outcome)
    os._exit(0)


def attach(request):
    """The result of an apply whose client lost its connection."""
    if request["applyId"] in running_applies():
        raise Later()
    settle(request["role"])
    found = read_json(at(f"{RESULTS}/{request['role']}.json"))
    return found if found and found["id"] == request["applyId"] else None


def acknowledge(request):
    found = read_json(at(f"{RESULTS}/{request['role']}.json"))
    if found and found["id"] == request["applyId"]:
        remove_quietly(at(f"{RESULTS}/{request['role']}.json"))
    return None


class Server:
    """Requests from stdin, answers to stdout, for as long as the connection lives."""

    AT_ONCE = {"observe": observe, "attach": attach, "acknowledge": acknowledge}
    DETACHED = {"apply": apply, "remove": remove}
    PATIENCE = 1800

    def __init__(self):
        self.pipes, self.waiting, self.input = {}, [], b""

    def reply(self, number, message):
        data = memoryview(json.dumps({"id": number, **message}, separators=(",", ":")).encode() + b"\n")
        while data:
            data = data[os.write(1, data):]

    def serve(self):
        if os.geteuid() == 0 or ROOT:
            Units.ahead()
        poller = select.poll()
        poller.register(0, select.POLLIN | select.POLLHUP)
        while True:
            for fd, _ in poller.poll(200 if self.waiting else None):
                if fd == 0:
                    data = os.read(0, 1 << 20)
                    if not data:
                        return
                    *lines, self.input = (self.input + data).split(b"\n")
                    for line in lines:
                        started = self.handle(json.loads(line), time.monotonic())
                        if started is not None:
                            poller.register(started, select.POLLIN | select.POLLHUP)
                elif self.forward(fd):
                    poller.unregister(fd)
                    os.close(fd)
            waiting, self.waiting = self.waiting, []
            for request, since in waiting:
                self.handle(request, since)

    def handle(self, request, since):
        number, operation = request["id"], request["op"]
        try:
            if operation in self.DETACHED:
                fd = detach(request, self.DETACHED[operation])
                self.pipes[fd] = [number, b"", False]
                return fd
            self.reply(number, {"result": self.AT_ONCE[operation](request)})
        except Later:
            if time.monotonic() - since > self.PATIENCE:
                self.reply(number, {"error": {"kind": "HostBusy", "message": "an apply of this role is still running", "details": {}}})
            else:
                self.waiting.append((request, since))
        except Refused as refused:
            self.reply(number, {"error": refused.as_json()})
        except BrokenPipeError:
            raise
        except Exception as error:
            import traceback
            self.reply(number, {"error": {"kind": "AgentFailed", "message": f"{type(error).__name__}: {error}", "details": {"output": traceback.format_exc()[-3000:]}}})
        return None

    def forward(self, fd):
        """Passes on what a detached apply says; True at its end."""
        number, rest, answered = self.pipes[fd]
        data = os.read(fd, 1 << 16)
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            answered = answered or "progress" not in message
            self.reply(number, message)
        self.pipes[fd] = [number, rest, answered]
        if data:
            return False
        if not answered:
            self.reply(number, {"error": {"kind": "Interrupted", "message": "the apply was killed; the next observation rolls it back", "details": {}}})
        Units.forget()
        del self.pipes[fd]
        return True


if __name__ == "__main__":
    os.umask(0o022)
    try:
        Server().serve()
    except (BrokenPipeError, KeyboardInterrupt):
        pass
