"""What a service that was broken into can do in directories of its own, while root's agent works there.

hostile.py DIRECTORY   as root; prints one JSON object: what was tried -> what came of it; "safe" is the right one
"""

import json
import os
import pathlib
import signal
import sys

from scratch import debian, manifest, question, use

root = pathlib.Path(sys.argv[1]).resolve()
use(root)

from agent import transaction  # noqa: E402
from agent.apply import apply  # noqa: E402
from agent.facts import file_fact  # noqa: E402
from agent.observe import observe  # noqa: E402
from agent.remove import remove  # noqa: E402

SERVICE = 65534  # nobody: the service that was broken into
SERVICE_OWNED = {"owner": str(SERVICE), "group": str(SERVICE)}
ROOTS = {"owner": "0", "group": "0"}
SECRET = "root:secret-hash\n"
cases = {}


def case(function):
    cases[function.__name__.replace("_", " ")] = function
    return function


def file(content):
    return {"content": content, "mode": "0640", **ROOTS}


ROLE = manifest(
    files={"/etc/cache/main.conf": file("one\n")},
    directories={"/var/lib/cache/sub": {"mode": "0750", **SERVICE_OWNED}},
)
NEXT = {**ROLE, "files": {"/etc/cache/main.conf": file("two\n")}}
FAILING = {**NEXT, "validate": [{"argv": ["false"]}]}
LOOK = question(files=["/etc/cache/main.conf"], directories=["/var/lib/cache/sub"])


def at(path):
    return root / path.lstrip("/")


def host():
    """A host with the role applied; /etc/cache and /var/lib/cache belong to the service."""
    os.system(f"rm -rf {root}/*")
    debian(root)
    for place in ("etc/sudoers.d", "etc/cache", "etc/cron.d", "var/lib/cache", "data/vmail"):
        at(place).mkdir(parents=True)
    at("etc/shadow").write_text(SECRET)
    at("etc/shadow").chmod(0o600)
    for place in ("etc/cache", "var/lib/cache"):
        os.chown(at(place), SERVICE, SERVICE)
    run(ROLE)


def run(wanted):
    try:
        apply({"manifest": wanted, "applyId": "id"}, lambda *_: None)
        return "applied"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def untouched():
    wrong = []
    st = at("etc/shadow").stat()
    if at("etc/shadow").read_text() != SECRET or st.st_uid != 0 or st.st_mode & 0o777 != 0o600:
        wrong.append("/etc/shadow was changed")
    st = at("etc/sudoers.d").stat()
    if st.st_uid != 0 or st.st_mode & 0o777 != 0o755 or os.listdir(at("etc/sudoers.d")):
        wrong.append("/etc/sudoers.d was changed")
    if os.listdir(at("etc/cron.d")):
        wrong.append("something was written into /etc/cron.d")
    return "; ".join(wrong) or "safe"


def before_staging(swap):
    """Lets the service act after everything was looked at and before anything is written."""
    real = transaction.Transaction.stage

    def stage(self):
        swap()
        real(self)

    transaction.Transaction.stage = stage
    return lambda: setattr(transaction.Transaction, "stage", real)


def swapped(path, target):
    path = at(path)
    if path.is_dir() and not path.is_symlink():
        os.rename(path, f"{path}.aside")
    else:
        path.unlink(missing_ok=True)
    os.symlink(target, path)
    os.chown(path, SERVICE, SERVICE, follow_symlinks=False)


@case
def links_under_the_names_of_temporary_files_and_a_failing_update():
    for name in (f".postfleet-back-{os.getpid()}", f".postfleet-back-{os.getpid()}.new", "main.conf.new"):
        os.symlink(at("etc/cron.d/evil"), at("etc/cache") / name)
    run(FAILING)
    return untouched() if at("etc/cache/main.conf").read_text() == "one\n" else "the old content is not back"


@case
def a_directory_becomes_a_link_before_it_gets_its_owner():
    os.chmod(at("var/lib/cache/sub"), 0o700)
    back = before_staging(lambda: swapped("/var/lib/cache/sub", at("etc/sudoers.d")))
    said = run(NEXT)
    back()
    return untouched() if said != "applied" else "it was applied"


@case
def a_directory_with_a_file_of_root_becomes_a_link():
    back = before_staging(lambda: swapped("/etc/cache", at("etc/sudoers.d")))
    said = run(NEXT)
    back()
    return untouched() if said != "applied" else "it was applied"


@case
def a_directory_becomes_a_link_before_the_way_back():
    real = transaction.Transaction.swap

    def swap(self):
        real(self)
        swapped("/etc/cache", at("etc/sudoers.d"))

    transaction.Transaction.swap = swap
    said = run(FAILING)
    transaction.Transaction.swap = real
    if "false" not in said:
        return f"it said: {said}"
    if not observe(LOOK)["unfinished"]:
        return "nothing says that the old file is not back"
    safe = untouched()
    at("etc/cache").unlink()
    os.rename(at("etc/cache.aside"), at("etc/cache"))
    observe(LOOK)
    return safe if at("etc/cache/main.conf").read_text() == "one\n" else "the old content did not come back"


@case
def a_removal_where_a_directory_is_a_link():
    at("etc/sudoers.d/main.conf").write_text("root's\n")
    swapped("/etc/cache", at("etc/sudoers.d"))
    try:
        remove({"role": "demo"}, lambda *_: None)
    except Exception:
        pass
    kept = at("etc/sudoers.d/main.conf").exists()
    at("etc/sudoers.d/main.conf").unlink(missing_ok=True)
    return untouched() if kept else "a file elsewhere was removed"


@case
def a_link_in_the_place_of_a_directory_is_not_read_through():
    at("etc/sudoers.d/main.conf").write_text("root's\n")
    swapped("/etc/cache", at("etc/sudoers.d"))
    fact = observe(LOOK)["files"]["/etc/cache/main.conf"]
    at("etc/sudoers.d/main.conf").unlink()
    return untouched() if "content" not in fact and "is a link to" in fact.get("why", "") else f"it showed {fact}"


@case
def a_link_to_a_link_and_links_in_a_circle():
    swapped("/etc/cache", "/etc/circle")
    os.symlink("cache", at("etc/circle"))
    fact = observe(LOOK)["files"]["/etc/cache/main.conf"]
    return untouched() if "why" in fact else f"it showed {fact}"


@case
def a_file_becomes_a_link_while_it_is_read():
    real, path = os.open, at("etc/cache/main.conf")

    def swapping(name, *arguments, **keywords):
        if str(name).endswith("main.conf") and not path.is_symlink():
            swapped("/etc/cache/main.conf", at("etc/shadow"))
        return real(name, *arguments, **keywords)

    os.open = swapping
    try:
        fact = file_fact("/etc/cache/main.conf", {})
    finally:
        os.open = real
    return untouched() if SECRET not in str(fact) and "why" in fact else f"it showed {fact}"


@case
def a_thousand_looks_while_a_file_is_swapped_to_and_fro():
    path = at("etc/cache/main.conf")
    os.symlink(at("etc/shadow"), f"{path}.link")
    swapper = os.fork()
    if swapper == 0:
        while True:
            os.link(f"{path}.link", f"{path}.x", follow_symlinks=False)
            os.rename(f"{path}.x", path)
            with open(f"{path}.y", "w") as plain:
                plain.write("one\n")
            os.rename(f"{path}.y", path)
    try:
        shown = {str(file_fact("/etc/cache/main.conf", {}).get("content")) for _ in range(1000)}
    finally:
        os.kill(swapper, signal.SIGKILL)
        os.waitpid(swapper, 0)
    return untouched() if SECRET not in shown else "the content of /etc/shadow was shown"


@case
def a_pipe_in_the_place_of_a_file_makes_nobody_wait():
    at("etc/cache/main.conf").unlink()
    os.mkfifo(at("etc/cache/main.conf"))
    signal.alarm(5)
    fact = observe(LOOK)["files"]["/etc/cache/main.conf"]
    signal.alarm(0)
    return untouched() if fact["kind"] == "other" and "Refused" in run(NEXT) else f"it showed {fact}"


@case
def a_file_becomes_a_pipe_while_it_is_read():
    real, path = os.open, at("etc/cache/main.conf")

    def swapping(name, *arguments, **keywords):
        if str(name).endswith("main.conf") and path.is_file():
            path.unlink()
            os.mkfifo(path)
        return real(name, *arguments, **keywords)

    os.open = swapping
    signal.alarm(5)
    try:
        fact = file_fact("/etc/cache/main.conf", {})
    finally:
        os.open = real
        signal.alarm(0)
    return untouched() if fact["kind"] == "other" else f"it showed {fact}"


@case
def a_file_without_an_end_is_not_read_to_it():
    os.truncate(at("etc/cache/main.conf"), 1 << 42)
    signal.alarm(20)
    fact = observe(LOOK)["files"]["/etc/cache/main.conf"]
    said = run(NEXT)
    signal.alarm(0)
    return (
        untouched() if "content" not in fact and "larger than 64 MiB" in said else f"it showed {fact}, and said {said}"
    )


@case
def a_second_name_of_a_file_of_root_is_not_shown():
    at("etc/cache/main.conf").unlink()
    os.link(at("etc/shadow"), at("etc/cache/main.conf"))
    fact = observe(LOOK)["files"]["/etc/cache/main.conf"]
    said = run(FAILING)
    return (
        untouched()
        if "content" not in fact and "false" in said and SECRET not in said
        else f"it showed {fact}, and said {said}"
    )


@case
def a_second_name_of_a_file_of_root_gets_no_other_owner():
    at("etc/cache/main.conf").unlink()
    os.link(at("etc/shadow"), at("etc/cache/main.conf"))
    said = run({**NEXT, "files": {"/etc/cache/main.conf": {"content": SECRET, "mode": "0644", **SERVICE_OWNED}}})
    return untouched() if said == "applied" and at("etc/cache/main.conf").stat().st_uid == SERVICE else said


@case
def a_link_of_root_in_var_leads_to_another_disk():
    at("var/vmail").symlink_to("/data/vmail")
    said = run({**NEXT, "files": {"/var/vmail/conf": file("x\n")}})
    return untouched() if said == "applied" and at("data/vmail/conf").read_text() == "x\n" else said


def main():
    result = {}
    for name, function in cases.items():
        host()
        try:
            result[name] = function()
        except Exception as error:
            result[name] = f"{type(error).__name__}: {error}"
    print(json.dumps(result))


signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError("it hung")))
main()
