"""The journal of an apply: how to undo it. It is on disk before anything is touched, and stays until nothing needs it.

/var/lib/postfleet/journal/<role>/
    journal.json   what was planned, under which names; while it is there, the apply can still be undone
    old-<n>        the old contents
    reserve-<n>    room for what the way back must write on a full disk
    done.json      in its place once the apply has succeeded: what is left to note and to tidy
    undone.json    in its place once the apply was undone: what is left to tidy
"""
import contextlib
import os

from agent.system import (
    JOURNAL,
    Refused,
    at,
    list_directory,
    read_json,
    remove_quietly,
    remove_tree,
    sync_directory,
    write_json,
    write_whole,
)

RESERVES, RESERVE_BYTES = 4, 16 << 10


class Journal:
    """The folder of one role's journal."""

    def __init__(self, role):
        self.role, self.place = role, at(f"{JOURNAL}/{role}")

    def begin(self):
        remove_tree(self.place)
        os.makedirs(self.place, mode=0o700)

    def keep(self, name, data):
        write_whole(f"{self.place}/{name}", data)

    def kept(self, name):
        with open(f"{self.place}/{name}", "rb") as file:
            return file.read()

    def reserve(self, size):
        """Room (and inodes) on the file system of the journal, for `size` bytes and some small files."""
        for number in range(RESERVES):
            fd = os.open(f"{self.place}/reserve-{number}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.posix_fallocate(fd, 0, RESERVE_BYTES + (size if number == 0 else 0))
            finally:
                os.close(fd)

    def release(self):
        for number in range(RESERVES):
            remove_quietly(f"{self.place}/reserve-{number}")

    def write(self, content):
        write_json(f"{self.place}/journal.json", content)

    def end(self, name):
        """From here on nothing is undone any more. An apply that ended before its first step has no journal yet."""
        try:
            os.rename(f"{self.place}/journal.json", f"{self.place}/{name}.json")
        except FileNotFoundError:
            return
        with contextlib.suppress(OSError):  # it is so from now on, whether or not a power loss would forget it
            sync_directory(self.place)

    def remove(self):
        # The names of what is left to tidy go last.
        for name in list_directory(self.place):
            if name not in ("done.json", "undone.json"):
                remove_quietly(f"{self.place}/{name}")
        remove_tree(self.place)

    def read(self):
        """("none" | "open" | "done" | "undone", content). A journal that cannot be read is an error: it may name the only copy of a file."""
        for name, state in (("journal", "open"), ("done", "done"), ("undone", "undone")):
            content = read_json(f"{self.place}/{name}.json", damaged)
            if content is not damaged:
                return state, content
            if os.path.lexists(f"{self.place}/{name}.json"):
                path = f"{JOURNAL}/{self.role}/{name}.json"
                raise Refused("RollbackUnfinished", f"{path} cannot be read, and it says how an apply is undone; the old contents are beside it, as old-*", stage="rollback", path=path)
        return "none", None


damaged = object()


def unfinished(role):
    """What an earlier way back could not put in its place, in words; empty where nothing is left."""
    try:
        state, content = Journal(role).read()
    except (OSError, Refused) as error:
        return [str(error)]
    return content.get("problems", []) if state == "open" else []
