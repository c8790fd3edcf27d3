"""Files, links and directories that nobody declared, in the places that decide what this host does."""

import os
import re
import stat

from agent.debian import Debian, text_of
from agent.debian_made import CAPABLE, COPIES, ENABLED, LEFT_BY_DPKG, SET_ID, SILENT, made_by_debian
from agent.paths import DIRECTORY, open_directory
from agent.system import Refused, at, below, group_name, user_name
from agent.verified import Verified

# What programs run by themselves, read as configuration, or load. Data (/srv, /var/lib, mail) is none of it.
TREES = (
    "/etc",
    "/opt",
    "/usr/bin",
    "/usr/lib",
    "/usr/libexec",
    "/usr/local",
    "/usr/sbin",
    "/var/www",
    "/usr/share/dbus-1",
    "/usr/share/dovecot",
    "/usr/share/nginx",
    "/usr/share/pam-configs",
    "/usr/share/php",
    "/usr/share/polkit-1",
    "/usr/share/postfix",
    "/usr/share/roundcube",
    "/usr/share/rspamd",
    "/run/modprobe.d",
    "/run/nginx",
    "/run/sysctl.d",
    "/run/systemd/network",
    "/run/systemd/system",
    "/run/systemd/user",
    "/run/tmpfiles.d",
    "/run/udev/rules.d",
    "/var/lib/dovecot/sieve",
    "/var/lib/systemd/linger",
    "/var/spool/cron",
)
# Large, and nothing runs there by itself.
PASSED_OVER = re.compile(
    r"/usr/lib/(firmware|modules|locale|debug)|/usr/(local/)?share/(man|doc)|.*/__pycache__|/etc/ssl/certs/java"
)
PASSED_OVER_BELOW = re.compile(rf"(?:{PASSED_OVER.pattern})/")
OURS_UNFINISHED = re.compile(r"\.postfleet-[0-9a-f]{24}~")
# Made from a file that is declared: tables of Postfix, Sieve for Dovecot.
COMPILED = re.compile(r"(.+)\.(db|lmdb|cdb|svbin|dir|pag)")
TOGETHER = 4  # so many files of a directory that nobody declared are told one by one
COUNTED = 10_000


class Files:
    """One walk through the places."""

    def __init__(self, claims):
        self.claims, self.debian, self.verified, self.found = claims, Debian.read(), Verified(), []
        self.seen = set()

    def look(self):
        for tree in TREES:
            try:
                fd = open_directory(tree)
            except (OSError, Refused):
                continue
            try:
                self.walk(tree, fd)
            finally:
                os.close(fd)
        self.verified.keep()
        self.missing()
        return self.found

    def missing(self):
        """Files of packages that somebody deleted: a service without its sandbox, a program without its library."""
        gone = {}
        for path in {*self.debian.checksums, *self.debian.kept} - self.seen - self.claims.gone:
            if below(path, TREES) and not below_passed_over(path):
                gone.setdefault(os.path.dirname(path), []).append(path)
        for directory, paths in gone.items():
            if len(paths) > TOGETHER:
                self.tell("missing", directory, f"{len(paths)} files of Debian packages")
            else:
                for path in paths:
                    self.tell("missing", path, "a file of a Debian package")

    def tell(self, kind, path, detail):
        self.found.append({"kind": kind, "name": path, "detail": detail})

    def walk(self, directory, fd):
        try:
            entries = sorted(os.scandir(fd), key=lambda entry: entry.name)
        except OSError:
            return
        for entry in entries:
            path = f"{directory}/{entry.name}"
            try:
                if entry.is_dir(follow_symlinks=False):
                    self.directory(path, entry, fd)
                elif entry.is_symlink():
                    self.link(path, fd)
                else:
                    self.file(path, entry, fd)
            except OSError:
                continue  # it went meanwhile, or became something else

    def directory(self, path, entry, fd):
        if PASSED_OVER.fullmatch(path) or path in self.claims.kept:
            return
        try:
            below_it = os.open(entry.name, DIRECTORY, dir_fd=fd)
        except OSError:
            return
        try:
            if not (path in self.debian.paths or path in self.claims.paths or path in self.claims.above):
                inside = count(below_it)
                if inside > TOGETHER and not self.known_below(path):
                    return self.tell(
                        "directory",
                        path,
                        f"{inside if inside < COUNTED else f'{COUNTED} or more'} files, {owner(entry.stat(follow_symlinks=False))}",
                    )
            self.walk(path, below_it)
        finally:
            os.close(below_it)

    def known_below(self, path):
        """Whether Debian's programs make things there: such a directory is walked, and not told as a whole."""
        return bool(
            re.fullmatch(
                r"/etc/(rc[S\d]\.d|alternatives|ssl/.+|systemd/.+\.(wants|requires|upholds))|/run/systemd/.+|/var/spool/cron(/.*)?|/etc/(ssl|systemd)",
                path,
            )
        )

    def link(self, path, fd):
        target = os.readlink(os.path.basename(path), dir_fd=fd)
        self.seen.add(path)
        if path in self.debian.checksums and path not in self.claims.paths:
            return self.tell("changed", path, f"a link in the place of a Debian package's file, -> {target}")
        if path in self.claims.paths or path in self.debian.enabled or path in self.claims.enabling(path, target):
            return
        if path in self.debian.paths:
            return  # dpkg keeps no targets
        full = os.path.normpath(os.path.join(os.path.dirname(path), target))
        if self.known_link(path, full):
            return
        self.tell("link", path, f"-> {target}")

    def known_link(self, path, target):
        name = os.path.basename(path)
        if target.startswith("/etc/alternatives/"):
            return os.path.basename(target) in self.debian.alternatives
        if path.startswith("/etc/alternatives/"):
            return name in self.debian.alternatives and (self.of_debian(target) or target.startswith("/usr/share/"))
        if re.match(r"/etc/rc[S\d]\.d/[SK]\d\d", path):
            return target.startswith("/etc/init.d/") and target in self.debian.paths
        if path.startswith("/etc/ssl/certs/"):
            return below(target, ["/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/etc/ssl/certs"])
        if path.startswith("/etc/systemd/"):
            return bool(ENABLED.fullmatch(path)) and self.of_debian(target)
        if path.startswith("/run/systemd/system/"):
            return self.of_debian(target)
        if path.startswith(("/etc/php/", "/etc/nginx/", "/etc/apache2/", "/etc/lighttpd/", "/etc/fonts/")):
            return self.of_debian(target)  # phpenmod, a2enmod and their like
        return made_by_debian(path) or (path.startswith("/usr/lib/") and self.of_debian(target) and ".so" in name)

    def of_debian(self, path):
        return path in self.debian.paths or (
            path.startswith(("/lib/", "/bin/", "/sbin/")) and f"/usr{path}" in self.debian.paths
        )

    def file(self, path, entry, fd):
        st = entry.stat(follow_symlinks=False)
        if not stat.S_ISREG(st.st_mode):
            return self.special(path, st)
        self.seen.add(path)
        if path in self.claims.paths:
            return
        if (
            st.st_mode & 0o111
            and not (CAPABLE.fullmatch(path) and path in self.debian.paths)
            and has_capabilities(path)
        ):
            self.tell("capability", path, f"has rights of root without being set-id (getcap {path})")
        if st.st_mode & (stat.S_ISUID | stat.S_ISGID) and not (SET_ID.fullmatch(path) and path in self.debian.paths):
            self.tell(
                "set-id",
                path,
                f"runs as {user_name(st.st_uid) if st.st_mode & stat.S_ISUID else f'group {group_name(st.st_gid)}'}, mode {stat.S_IMODE(st.st_mode):04o}",
            )
        elif st.st_mode & stat.S_IWOTH:
            self.tell("writable", path, f"everybody may change it, mode {stat.S_IMODE(st.st_mode):04o}")
        if path in self.debian.conffiles:
            if not made_by_debian(path) and self.verified.md5(path, st, fd) not in (None, *self.debian.conffiles[path]):
                self.tell("changed", path, "a configuration file of Debian, not as it came")
        elif path in self.debian.checksums:
            md5, unpacked = self.debian.checksums[path]
            # Since dpkg unpacked it nobody changed it; where the clock says nothing, the checksum does.
            if st.st_ctime_ns > unpacked and self.verified.md5(path, st, fd) not in (None, md5):
                self.tell("changed", path, "a file of a Debian package, not as it came")
        elif path not in self.debian.paths and not self.made(path):
            self.tell("file", path, f"{st.st_size} bytes, mode {stat.S_IMODE(st.st_mode):04o}, {owner(st)}")

    def made(self, path):
        """Whether a program made it from something known."""
        if made_by_debian(path) or below(path, self.claims.kept) or OURS_UNFINISHED.fullmatch(os.path.basename(path)):
            return True
        if SILENT.fullmatch(path) and not any(
            line.strip() and not line.startswith("#") for line in text_of(path).splitlines()
        ):
            return True
        if path in COPIES and text_of(path) == text_of(COPIES[path]):
            return True
        source = COMPILED.fullmatch(path)
        if source and source[1] in self.claims.paths:
            return True
        left = LEFT_BY_DPKG.fullmatch(path)
        return bool(left) and (left[1] in self.debian.conffiles or left[1] in self.debian.paths)

    def special(self, path, st):
        kind = "pipe" if stat.S_ISFIFO(st.st_mode) else "socket" if stat.S_ISSOCK(st.st_mode) else "device"
        if path not in self.debian.paths and path not in self.claims.paths and not below(path, self.claims.kept):
            self.tell("file", path, f"a {kind}, {owner(st)}")


def has_capabilities(path):
    try:
        return bool(os.getxattr(at(path), "security.capability", follow_symlinks=False))
    except OSError:
        return False


def below_passed_over(path):
    """Whether it is in a directory that the walk does not enter."""
    return PASSED_OVER_BELOW.match(path) is not None


def owner(st):
    return f"{user_name(st.st_uid)}:{group_name(st.st_gid)}"


def count(fd):
    """How many files and links are in a directory and below it, up to a number."""
    number, ahead = 0, [os.dup(fd)]
    while ahead:
        directory = ahead.pop()
        try:
            for entry in os.scandir(directory) if number < COUNTED else ():
                if entry.is_dir(follow_symlinks=False):
                    if len(ahead) < 64:
                        ahead.append(os.open(entry.name, DIRECTORY, dir_fd=directory))
                else:
                    number += 1
        except OSError:
            continue
        finally:
            os.close(directory)
    return number
