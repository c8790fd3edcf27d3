"""Small things that all parts of the agent need: paths, commands, files of our own, expected failures."""
import grp
import json
import os
import pwd
import signal
import subprocess
import time

ROOT = os.environ.get("POSTFLEET_ROOT", "")  # another root directory: for tests alone
STATE, RUN = "/var/lib/postfleet", "/run/postfleet"
ROLES, JOURNAL, ORIGINAL, RESULTS = (f"{STATE}/{name}" for name in ("roles", "journal", "original", "results"))
SHOWN_BYTES = 1 << 20  # larger contents are compared by hash and not sent
COMMAND_SECONDS = 600
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": f"{ROOT}/bin:{PATH}" if ROOT else PATH, "LC_ALL": "C.UTF-8", "HOME": "/root", "SYSTEMD_PAGER": ""}


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
    """Runs a command without a shell and without input; returns (exit code, stdout, stderr) as text.

    Output goes to memory files, not pipes: a daemon that the command leaves behind may keep them open.
    """
    outputs = [os.memfd_create("out"), os.memfd_create("err")]
    try:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=outputs[0], stderr=outputs[1], cwd="/",
                                   start_new_session=True, env={**ENVIRONMENT, **(extra_env or {})})
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            code = 124
        out, err = (os.pread(fd, 1 << 24, 0).decode(errors="replace") for fd in outputs)
        return code, out, err + (f"\n{argv[0]}: did not end within {timeout:g} s" if code == 124 else "")
    except FileNotFoundError:
        return 127, "", f"{argv[0]}: no such command"
    except PermissionError:
        return 126, "", f"{argv[0]}: not executable"
    finally:
        for fd in outputs:
            os.close(fd)


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


def write_all(fd, data):
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]


def write_whole(path, data, mode=0o600):
    """Writes a file of our own, in a directory that is root's alone, so that after a power loss it is there whole, or as before."""
    partial = f"{path}.new"
    remove_quietly(partial)  # of a write that was killed
    fd = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        try:
            write_all(fd, data)
            os.fsync(fd)
        finally:
            os.close(fd)
        os.rename(partial, path)
    except OSError:
        remove_quietly(partial)
        raise
    sync_directory(os.path.dirname(path))


def cool_down(file):
    """Dates a file that is about to be renamed into its place back a little: programs that fear to read half a file wait
    until it is old enough (Postfix: two seconds, in every command), and this one is whole at once."""
    then = time.time() - 5
    os.utime(file, (then, then))


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
    """Removes one of our own directories with the files in it."""
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
