"""Checksums of packages' files, reckoned once: a file that has not changed since is not read again."""

import hashlib
import os

from agent.paths import FILE
from agent.system import STATE, at, read_json, write_json

NOTE = f"{STATE}/verified.json"  # path -> [inode, size, mtime, ctime, MD5]
CHUNK = 1 << 20


class Verified:
    """What was found at the last look, in a file of root's alone."""

    def __init__(self):
        self.known, self.seen, self.fresh = read_json(at(NOTE), {}), {}, False

    def md5(self, path, st, directory):
        """The MD5 of a regular file that stands in the open directory; None where it cannot be read."""
        key = [st.st_ino, st.st_size, st.st_mtime_ns, st.st_ctime_ns]
        found = self.known.get(path)
        if not found or found[:4] != key:
            found, self.fresh = [*key, md5_of(os.path.basename(path), directory)], True
        self.seen[path] = found
        return found[4]

    def keep(self):
        """For the next look. Where there is no room, or nothing of ours yet, that one reckons again."""
        if (self.fresh or len(self.seen) != len(self.known)) and os.path.isdir(at(STATE)):
            try:
                write_json(at(NOTE), self.seen)
            except OSError:
                pass


def md5_of(name, directory):
    digest = hashlib.md5(usedforsecurity=False)
    try:
        fd = os.open(name, FILE, dir_fd=directory)
    except OSError:
        return None
    with open(fd, "rb", buffering=0) as file:
        while data := file.read(CHUNK):
            digest.update(data)
    return digest.hexdigest()
