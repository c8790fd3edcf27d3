"""Applies of the agent in which a system call fails, or kills the process, or all fail from there on.

  faults.py DIRECTORY [STEP [FIRST]]   tries each STEPth call from the FIRST one on; prints {"cases": n, "wrong": [...]}

Before each: the same small role, applied. Then its next version, once one that works and once one whose validator
fails. In the end the host is what it was before or what was wanted, never a mixture; and while something cannot be put
back, its old content is still there and an observation says so.
"""

import contextlib
import errno
import json
import os
import pathlib
import shutil
import sys

from scratch import debian, manifest, question, use

root, (step, first) = pathlib.Path(sys.argv[1]).resolve(), map(int, [*sys.argv[2:], "1", "1"][:2])
use(root / "host")

from agent.apply import apply  # noqa: E402
from agent.observe import observe  # noqa: E402

ME = {"owner": str(os.geteuid()), "group": str(os.getegid())}
HOST, BEFORE = root / "host", root / "before"
MAKING = ("mkdir", "link", "symlink", "posix_fallocate", "write")
CALLS = (*MAKING, "open", "rename", "unlink", "rmdir", "fsync", "fchmod", "fchown", "utime")


def file(content, mode="0644"):
    return {"content": content, "mode": mode, **ME}


FIRST = manifest(
    files={
        "/etc/demo/changed": file("one\n"),
        "/etc/demo/dropped": file("old\n", "0600"),
        "/etc/demo/same": file("same\n"),
    },
    secretFiles={"/etc/demo/secret": file("first\n", "0600")},
    links={"/etc/demo/link": "changed"},
    directories={"/etc/demo": {"mode": "0755", **ME}, "/srv/demo": {"mode": "0755", **ME}},
)
SECOND = manifest(
    files={
        "/etc/demo/changed": file("two\n" * 5000, "0640"),
        "/etc/demo/same": file("same\n"),
        "/etc/new/deep/er": file("new\n"),
        "/etc/foreign": file("ours\n"),
    },
    secretFiles={"/etc/demo/secret": file("second\n", "0600")},
    links={"/etc/demo/link": "same", "/etc/demo/another": "changed"},
    directories={
        "/etc/demo": {"mode": "0755", **ME},
        "/srv/demo": {"mode": "0700", **ME},
        "/srv/demo/sub": {"mode": "0711", **ME},
    },
)
FAILING = {**SECOND, "validate": [{"argv": ["false"]}]}
LOOK = question(files=[*FIRST["files"]])


def quiet(*_):
    pass


def fresh():
    shutil.rmtree(HOST, ignore_errors=True)
    shutil.copytree(BEFORE, HOST, symlinks=True)


def tree():
    """Everything on the host that is no state of the agent's."""
    found = {}
    for path in sorted([*HOST.glob("etc/**/*"), *HOST.glob("srv/**/*")]):
        st = path.lstat()
        what = os.readlink(path) if path.is_symlink() else path.read_text() if path.is_file() else "/"
        found[str(path.relative_to(HOST))] = (what, None if path.is_symlink() else oct(st.st_mode & 0o7777))
    return found


class Fault:
    """Lets the system calls of the agent fail: the one with a number, or all from it on, or kills the process at it."""

    def __init__(self, number, kind):
        self.number, self.kind, self.count, self.on = number, kind, 0, True

    def __enter__(self):
        self.real = {name: getattr(os, name) for name in CALLS}
        for name in CALLS:
            setattr(os, name, lambda *a, name=name, **k: self.call(name, a, k))
        return self

    def __exit__(self, *_):
        for name, function in self.real.items():
            setattr(os, name, function)

    def call(self, name, arguments, keywords):
        full = self.kind.startswith("full")
        if not full or name in MAKING or (name == "open" and arguments[1] & os.O_CREAT):
            self.count += 1
            if self.on and (self.count == self.number or ("from" in self.kind and self.count > self.number)):
                if self.kind == "kill":
                    os._exit(137)
                code = errno.ENOSPC if full else errno.EIO
                raise OSError(code, os.strerror(code))
        return self.real[name](*arguments, **keywords)


def child(work):
    """Runs some work in a process of its own; returns what it says."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        said = "killed"
        with contextlib.suppress(BaseException):
            try:
                said = work()
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
            os.write(writer, json.dumps(said).encode())
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    return json.loads(text) if text else "killed"


def attempt(number, kind, wanted):
    with Fault(number, kind) as fault:
        try:
            apply({"manifest": wanted, "applyId": "id"}, quiet)
            said = "done"
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
    return [said, fault.count]


def contents_anywhere():
    paths = [path for place in ("etc", "var/lib/postfleet") for path in (HOST / place).rglob("*")]
    return {path.read_text(errors="replace") for path in paths if path.is_file() and not path.is_symlink()}


def judge(number, kind, wanted, old, new):
    fresh()
    said = child(lambda: attempt(number, kind, wanted))
    ended = isinstance(said, list) and said[1] < number
    after = tree()
    wrong = []
    if after not in (old, new):
        if not {"one\n", "old\n", "first\n", "theirs\n"} <= contents_anywhere():
            wrong.append("an old content is nowhere on the host any more")
    seen = child(lambda: observe(LOOK))
    if not isinstance(seen, dict):
        wrong.append(f"the observation failed: {seen}")
    elif seen["unfinished"]:
        wrong.append(f"unfinished although nothing fails any more: {seen['unfinished']}")
    end = tree()
    good = [new] if said[:1] == ["done"] else [old] if wanted is FAILING else [old, new]
    if end not in good:
        for path in sorted({*end, *good[0]}):
            if end.get(path) != good[0].get(path):
                wrong.append(f"{path}: {str(end.get(path))[:60]} instead of {str(good[0].get(path))[:60]}")
    left = os.listdir(HOST / "var/lib/postfleet/journal")
    if left:
        wrong.append(f"the journal holds {left}")
    again = child(lambda: attempt(0, "none", SECOND))
    if again[:1] != ["done"] or tree() != new:
        wrong.append(f"the next update did not bring the host there: {again}")
    case = f"{kind} {number}, {'failing' if wanted is FAILING else 'working'} update ({said})"
    return ended, [f"{case}: {text}" for text in wrong]


def main():
    debian(HOST)
    apply({"manifest": FIRST, "applyId": "id"}, quiet)
    (HOST / "etc/foreign").write_text("theirs\n")
    shutil.copytree(HOST, BEFORE, symlinks=True)
    old = tree()
    child(lambda: attempt(0, "none", SECOND))
    new = tree()
    assert old != new
    cases, wrong = 0, []
    for wanted in (SECOND, FAILING):
        for kind in ("full", "full from", "broken", "broken from", "kill"):
            number = first
            while True:
                ended, found = judge(number, kind, wanted, old, new)
                if ended:
                    break
                cases, wrong = cases + 1, wrong + found
                number += step
    print(json.dumps({"cases": cases, "wrong": wrong}))


main()
