"""The files of one apply: planned, staged, swapped, and put back."""
import errno
import hashlib
import os
import time

from agent.claims import path_claims, record_of
from agent.facts import file_state, sysctl_file, sysctl_text
from agent.originals import (
    change_owner,
    disk_full,
    drop_originals,
    existing_parent,
    gid_of,
    original_copy,
    put_file,
    read_originals,
    swap_in_link,
    uid_of,
)
from agent.system import (
    JOURNAL,
    ORIGINAL,
    Refused,
    STATE,
    at,
    below,
    cool_down,
    read_json,
    remove_quietly,
    remove_tree,
    sync_directory,
    write_json,
    write_whole,
)


class Transaction:
    """The files, links and directories of one apply: planned, staged beside their targets, swapped, and undone if need be.

    The journal says how to undo it and is on disk before anything is touched.
    """

    def __init__(self, manifest, apply_id):
        self.role, self.id = manifest["role"], apply_id
        self.place = at(f"{JOURNAL}/{self.role}")
        self.journal = {"role": self.role, "id": apply_id, "state": "staging", "started": int(time.time()), "claims": record_of(manifest), "entries": [],
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
            self.commit()
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
            cool_down(fd)
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
            if vfs.f_blocks and vfs.f_bavail * vfs.f_frsize < size:
                raise OSError(errno.ENOSPC, f"{size} bytes are needed, {vfs.f_bavail * vfs.f_frsize} are free", place)

    def make_directories(self):
        for directory in list(self.journal["directories"]):
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
        for directory in sorted(self.journal["directories"], key=lambda d: d["path"], reverse=True):
            try:
                if directory["before"]["kind"] == "absent":
                    os.rmdir(at(directory["path"]))
                else:
                    change_owner(at(directory["path"]), directory["before"])
                    os.chmod(at(directory["path"]), directory["before"]["mode"])
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.ENOENT):
                    problems.append(f"{directory['path']}: {error}")
        try:
            drop_originals(self.journal["originals"])
        except OSError as error:
            problems.append(f"{ORIGINAL}: {error}")
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
        left = cls.__new__(cls)
        left.role, left.id, left.place, left.kept = role, journal["id"], at(f"{JOURNAL}/{role}"), []
        left.journal, left.changed = journal, [entry["path"] for entry in journal["entries"]]
        return left
