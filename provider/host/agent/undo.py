"""The way back of files: contents, modes, owners and absences, as the journal names them. It may be repeated."""
import errno
import os

from agent.claims import claimed_meanwhile
from agent.facts import file_state
from agent.originals import drop_originals, put
from agent.paths import own_directory, remove_directory, rename, sync, unlink
from agent.system import ORIGINAL, Refused


def undo(change):
    """Puts everything back; returns what could not be put back, in words. What another role has claimed meanwhile stays."""
    change.files.release()
    problems, journal = [], change.journal
    theirs = claimed_meanwhile(journal)
    for entry in journal["entries"]:
        with Noting(problems, entry["path"]):
            unlink(entry["staged"])
            if journal["state"] == "swapping" and not entry.get("back") and entry["path"] not in theirs:
                put_back(entry, change.files)
            entry["back"] = True
            if "old" in entry:
                unlink(entry["old"])
    for parent in {os.path.dirname(entry["path"]) for entry in journal["entries"]}:
        with Noting(problems, parent):
            sync(parent)
    for directory in sorted(journal["directories"], key=lambda d: d["path"], reverse=True):
        if directory["path"] in theirs:
            continue
        with Noting(problems, directory["path"]):
            directory_back(directory)
    with Noting(problems, ORIGINAL):
        drop_originals([path for path in journal["originals"] if path not in theirs])
    return problems


class Noting:
    """Notes a failure instead of raising it: one path that cannot be put back keeps no other from it."""

    def __init__(self, problems, path):
        self.problems, self.path = problems, path

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, (OSError, Refused)):
            self.problems.append(f"{self.path}: {error}")
            return True
        return False


def put_back(entry, files):
    before, path = entry["before"], entry["path"]
    if before["kind"] == "absent":
        unlink(path)
    elif is_as(path, before):
        pass
    elif "old" in entry and is_as(entry["old"], before):
        rename(entry["old"], path)
    else:
        put(path, before, files.kept(entry["backup"]) if before["kind"] == "file" else b"")


def is_as(path, before):
    state = file_state(path)
    keys = ("kind", "target", "uid", "gid") if before["kind"] == "link" else ("kind", "sha256", "mode", "uid", "gid")
    return all(state.get(key) == before.get(key) for key in keys)


def directory_back(directory):
    try:
        if directory["before"]["kind"] == "absent":
            remove_directory(directory["path"])
        else:
            own_directory(directory["path"], directory["before"])
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.ENOENT):
            raise
