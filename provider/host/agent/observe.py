"""observe: live facts of exactly what a manifest names."""
import os

from agent.claims import check_proper
from agent.facts import Dpkg, file_fact, read_text, sysctl_file, sysctl_live, user_fact
from agent.journal import unfinished
from agent.packages import POLICY
from agent.rollback import recover
from agent.running import HostLock, running_applies
from agent.system import JOURNAL, Later, RESULTS, ROLES, at, list_directory, read_json
from agent.systemd import Units, unit_fact


def settle(role):
    """Before an observation: wait for a running apply of this role, undo one that was interrupted."""
    if role in running_applies().values():
        raise Later()
    if list_directory(at(JOURNAL)) or os.path.exists(at(POLICY)):
        lock = HostLock()
        try:
            if lock.take():
                recover(lambda stage, message: None)
        finally:
            lock.release()


def undeclared():
    from agent.undeclared import undeclared as listing  # read when asked for: the first answers need not wait for it

    return listing()


def observe(request):
    """Live facts of exactly what the request names, and what became of an apply that nobody was there to hear of."""
    role, known = request["role"], request.get("known", {})
    check_proper(path for kind in ("directories", "files", "secretFiles", "links", "removed", "creates") for path in request[kind])
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
        "removed": {path: file_fact(path, known, secret=True) for path in request["removed"]},
        "sysctl": {key: {"value": sysctl_live(key), "persisted": next((line.split("=", 1)[1].strip() for line in persisted if line.startswith(f"{key} =")), None)}
                   for key in request["sysctl"]},
        "services": {unit: unit_fact(shown) for unit, shown in Units.show(request["services"]).items()},
        "creates": {path: os.path.lexists(at(path)) for path in request["creates"]},
        "applied": os.path.exists(at(f"{ROLES}/{role}.json")),
        "brokenPackages": [name for name in Dpkg.broken if name in request["packages"]],
        "earlier": read_json(at(f"{RESULTS}/{role}.json")),
        "unfinished": unfinished(role),
        "undeclared": undeclared() if request["undeclared"] else None,
    }
    return facts
