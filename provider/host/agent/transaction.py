"""The files of one apply: planned, staged beside their targets, and swapped. How they are put back is in undo.py."""
import errno
import hashlib
import os
import time

from agent.claims import all_claims, path_claims, record_of
from agent.facts import file_state, sysctl_file, sysctl_text
from agent.journal import Journal, RESERVES, RESERVE_BYTES
from agent.originals import (
    disk_full,
    gid_of,
    no_room,
    original_copy,
    original_data,
    read_originals,
    uid_of,
)
from agent.paths import (
    is_directory,
    make_directory,
    make_link,
    nearest,
    new_name,
    own_directory,
    rename,
    second_name,
    sync,
    unlink,
    write_new,
)
from agent.system import ORIGINAL, ROLES, Refused, STATE, at, below, write_json, write_whole
from agent.undo import undo


class Transaction:
    """The files, links and directories of one apply: planned, staged beside their targets, and swapped.

    The journal says how to undo it and is on disk before anything is touched. The way back needs no room: what is there
    keeps a second name beside the first until the apply has succeeded, and is renamed back.
    """

    def __init__(self, manifest, apply_id):
        self.role, self.id = manifest["role"], apply_id
        self.files = Journal(self.role)
        self.journal = {"role": self.role, "id": apply_id, "state": "staging", "started": int(time.time()), "claims": record_of(manifest), "shared": [],
                        "entries": [], "directories": [], "originals": [], "sysctl": {}, "units": {}, "services": manifest["services"]}
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
                raise Refused("ApplyFailed", f"{path} is a {state['kind']} on the host, wanted is a {kind}", stage="plan", path=path, rolledBack=True)
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
        self.plan_absences(manifest["removed"], record, others)
        self.plan_removals(wanted, manifest, record, others)
        self.plan_directories(manifest)
        mine = {*all_claims(record_of(manifest)), *self.changed}
        self.journal["shared"] = sorted({key for other in others.values() for key in all_claims(other) if key in mine})

    def plan_absences(self, paths, record, others):
        """What must not be there goes; what it was is kept like any file that a role took the place of."""
        for path in sorted(paths):
            state = file_state(path)
            if state["kind"] == "absent":
                continue
            if state["kind"] in ("directory", "other"):
                raise Refused("ApplyFailed", f"{path} is a {state['kind']} on the host: files and links are removed", stage="plan", path=path, rolledBack=True)
            self.note_original(path, state, record, others)
            self.add({"path": path, "kind": "absent", "before": state})

    def plan_removals(self, wanted, manifest, record, others):
        """Paths that left the manifest go, or get their original back; unless another role claims them or they are kept."""
        old = {*record.get("files", {}), *record.get("links", {}), *([sysctl_file(self.role)] if record.get("sysctl") else [])} - wanted.keys() - manifest["removed"].keys()
        claimed = {path for other in others.values() for path in path_claims(other)}
        keep = [*manifest["keep"], *record.get("keep", []), *(path for other in others.values() for path in other.get("keep", []))]
        for path in sorted(old):
            if path in claimed or below(path, keep):
                continue
            state = file_state(path)
            if state["kind"] in ("absent", "directory", "other"):
                continue
            original = read_originals().get(path)
            entry = {"path": path, "kind": "absent", "before": state}
            if original:
                entry |= {k: original[k] for k in ("kind", "mode", "uid", "gid", "target") if k in original}
                if original["kind"] == "file":
                    entry["data"] = original_data(path)
            self.add(entry)

    def plan_directories(self, manifest):
        for path, spec in sorted(manifest["directories"].items()):
            state = file_state(path)
            wanted = {"mode": int(spec["mode"], 8), "uid": uid_of(spec["owner"], path), "gid": gid_of(spec["group"], path)}
            if state["kind"] not in ("absent", "directory"):
                raise Refused("ApplyFailed", f"{path} is a {state['kind']} on the host, wanted is a directory", stage="plan", path=path, rolledBack=True)
            if state["kind"] == "absent" or any(state[key] != wanted[key] for key in wanted):
                self.journal["directories"].append({"path": path, "before": state, **wanted})
                self.changed.append(path)

    def note_original(self, path, state, record, others):
        """A file that was there before any role owned the path is kept, to be put back when the role goes."""
        owned = [record, *others.values()]
        if state["kind"] in ("file", "link") and path not in read_originals() and path != sysctl_file(self.role) \
                and not any(path in claims.get("files", {}) or path in claims.get("links", {}) for claims in owned):
            must_fit(path, state)
            self.journal["originals"].append(path)
            self.kept.append((path, state))

    def add(self, entry):
        must_fit(entry["path"], entry["before"])
        self.journal["entries"].append(entry | {"staged": new_name(entry["path"]), "old": new_name(entry["path"])})
        self.changed.append(entry["path"])

    @property
    def empty(self):
        return not self.changed and not self.kept

    # -- stage

    def stage(self):
        """Journal, old contents, then the new files beside their targets. A full disk ends here, with nothing changed."""
        try:
            self.check_space()
            self.files.begin()
            for number, entry in enumerate(self.journal["entries"]):
                if "data" in entry["before"]:
                    entry["backup"] = f"old-{number}"
                    self.files.keep(entry["backup"], entry["before"]["data"])
            self.files.reserve(self.room_for_notes())
            self.write_journal()
            self.keep_originals()
            self.make_directories()
            for entry in self.journal["entries"]:
                self.stage_one(entry)
        except OSError as error:
            problems = undo(self)
            self.unfinished(problems) if problems else self.undone()
            if no_room(error) and not problems:
                raise disk_full((error.filename or "").removeprefix(at("")), str(error)) from error
            raise Refused("ApplyFailed", f"staging the files failed: {error}", stage="stage", path=error.filename, rolledBack=not problems, rollbackProblems=problems) from error

    def stage_one(self, entry):
        if entry["before"]["kind"] != "absent":
            second_name(entry["path"], entry["old"])
        if entry["kind"] == "absent":
            return
        self.make_parents(os.path.dirname(entry["path"]))
        if entry["kind"] == "link":
            make_link(entry["target"], entry["staged"])
        else:
            write_new(entry["staged"], entry["data"], entry)

    def check_space(self):
        """Refuses early what cannot fit: new contents on their file systems, old ones and the reserve with the journal."""
        sizes = [(f"{STATE}/journal", RESERVES * RESERVE_BYTES)]
        for entry in self.journal["entries"]:
            sizes += [(entry["path"], len(entry.get("data", b""))), (f"{STATE}/journal", len(entry["before"].get("data", b"")))]
        need = {}
        for path, size in sizes:
            with nearest(path) as fd:
                device, vfs = os.fstat(fd).st_dev, os.fstatvfs(fd)
            # A file system without inodes of its own (btrfs, ZFS) says that it has none at all.
            free, inodes = (vfs.f_bavail * vfs.f_frsize, vfs.f_favail) if vfs.f_blocks else (None, None)
            _, wanted, count, *_ = need.get(device, (path, 0, 0))
            need[device] = (path, wanted + size + 4096, count + 1, free, inodes if vfs.f_files else None)
        for path, size, count, free, inodes in need.values():
            if free is not None and free < size:
                raise OSError(errno.ENOSPC, f"{size} bytes are needed, {free} are free", at(path))
            if inodes is not None and inodes < count:
                raise OSError(errno.ENOSPC, f"{count} files are to be made, and the file system has inodes for {inodes}", at(path))

    def make_directories(self):
        for directory in list(self.journal["directories"]):
            self.make_parents(os.path.dirname(directory["path"]))
            if directory["before"]["kind"] == "absent":
                make_directory(directory["path"], 0o700)
            own_directory(directory["path"], directory)

    def make_parents(self, path):
        """Parents nobody declared: root's, 0755, and noted in the journal before they exist."""
        missing = []
        while not is_directory(path):
            missing.append(path)
            path = os.path.dirname(path)
        for parent in reversed(missing):
            self.journal["directories"].append({"path": parent, "before": {"kind": "absent"}})
            self.write_journal()
            make_directory(parent, 0o755)

    def keep_originals(self):
        originals = read_originals()
        for path, state in self.kept:
            if state["kind"] == "file":
                write_whole(original_copy(path), state["data"])
            originals[path] = {k: state[k] for k in ("kind", "mode", "uid", "gid", "target", "sha256") if k in state}
        if self.kept:
            write_json(at(f"{ORIGINAL}/index.json"), originals)

    def room_for_notes(self):
        """Bytes that the way back may have to write: the journal and the index of originals, once more each."""
        return 2 * (len(str(self.journal)) + len(str(read_originals()))) + 4096

    def write_journal(self):
        def plain(value):
            return {key: item for key, item in value.items() if key != "data"}

        self.files.write({**self.journal, "entries": [plain(entry) | {"before": plain(entry["before"])} for entry in self.journal["entries"]]})

    # -- swap, end

    def swap(self):
        self.journal["state"] = "swapping"
        self.write_journal()
        for entry in self.journal["entries"]:
            try:
                if entry["kind"] == "absent":
                    unlink(entry["path"])
                else:
                    rename(entry["staged"], entry["path"])
            except OSError as error:
                raise Refused("ApplyFailed", f"replacing {entry['path']} failed: {error}", stage="swap", path=entry["path"]) from error
        for parent in {os.path.dirname(entry["path"]) for entry in self.journal["entries"]}:
            sync(parent)

    def unfinished(self, problems):
        """What could not be put back stays in the journal, to be tried again."""
        self.journal["problems"] = problems
        try:
            self.write_journal()
        except OSError:
            pass  # the journal as it was does as well: what is back already is found so

    def undone(self):
        self.files.end("undone")
        self.tidy()

    def succeeded(self, record):
        """The apply holds. Its record is in the journal before, so that a crash leaves both or neither."""
        self.journal["record"] = record
        self.write_journal()
        self.files.end("done")

    def note(self):
        """Writes the record of an apply that succeeded, and tidies. May be repeated."""
        self.files.release()
        write_json(at(f"{ROLES}/{self.role}.json"), self.journal["record"])
        self.tidy()

    def tidy(self):
        for entry in self.journal["entries"]:
            if "old" in entry:
                unlink(entry["old"])
        self.files.remove()

    @classmethod
    def left_behind(cls, role):
        """The transaction that a crash or a way back that failed left behind, from its journal; None where nothing is to be undone."""
        left = cls.__new__(cls)
        left.role, left.files, left.kept = role, Journal(role), []
        state, left.journal = left.files.read()
        if state == "open":
            left.id, left.changed = left.journal["id"], [entry["path"] for entry in left.journal["entries"]]
            return left
        {"none": left.files.remove, "done": left.note, "undone": left.tidy}[state]()
        return None


def must_fit(path, state):
    if state["kind"] == "file" and "data" not in state:
        raise Refused("ApplyFailed", f"{path} has {state['size']} bytes on the host: what is larger than 64 MiB is not replaced; move it away", stage="plan", path=path, rolledBack=True)
