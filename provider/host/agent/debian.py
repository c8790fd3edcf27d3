"""What Debian put on this host, by its own books: dpkg's lists and checksums, ucf's, and those of deb-systemd-helper."""

import os
import re

from agent.system import at, list_directory

INFO = "/var/lib/dpkg/info"
ENABLED = ("/var/lib/systemd/deb-systemd-helper-enabled", "/var/lib/systemd/deb-systemd-user-helper-enabled")
BOOKS = (
    INFO,
    "/var/lib/dpkg/status",
    "/var/lib/dpkg/diversions",
    "/var/lib/dpkg/alternatives",
    "/var/lib/ucf/hashfile",
    *ENABLED,
)
# Of the rest (manuals, translations, /boot) nothing is asked.
PLACES = "|".join(
    (
        "etc",
        "opt",
        "root",
        "run",
        "usr/(?:s?bin|lib|libexec|local)",
        "var/(?:lib/(?:dovecot|systemd)|spool/cron|www)",
        "usr/share/(?:dbus-1|dovecot|nginx|pam-configs|php|polkit-1|postfix|roundcube|rspamd)",
    )
)
BEFORE = "s?bin|lib(?:32|64|x32)?"  # /bin is /usr/bin since Debian 12; some lists name it as before
NAMED = re.compile(rf"^/(?:{PLACES})/.*$", re.M)
NAMED_BEFORE = re.compile(rf"^/(?:{BEFORE})/.*$", re.M)
SUMMED = re.compile(rf"^([0-9a-f]{{32}})  ((?:{PLACES}|{BEFORE})/.*)$", re.M)
MAKES_ACCOUNTS = re.compile(r"user|group")


class Debian:
    """Paths of packages with their checksums. `checksums` has (MD5, when the package was unpacked) for files that packages
    own as they are, `conffiles` the MD5 of files that the operator may edit."""

    stamp, books = None, None

    def __init__(self):
        names = [name for name in list_directory(at(INFO)) if name.endswith((".list", ".md5sums"))]
        lists = "".join(text_of(f"{INFO}/{name}") for name in names if name.endswith(".list"))
        self.paths = {*NAMED.findall(lists), *(f"/usr{path}" for path in NAMED_BEFORE.findall(lists))}
        self.checksums = {}
        for name in names:
            if name.endswith(".md5sums"):
                text, unpacked = text_of(f"{INFO}/{name}"), unpacked_at(name[:-8])
                self.checksums.update((merged(f"/{path}"), (md5, unpacked)) for md5, path in SUMMED.findall(text))
        self.divert()
        self.conffiles = {
            path: {md5}
            for path, md5 in re.findall(r"^ (/\S+) ([0-9a-f]{32})(?: |$)", text_of("/var/lib/dpkg/status"), re.M)
        }
        # Conffiles that must be there: of packages that are installed, and that still have them.
        self.kept = {
            path
            for block in text_of("/var/lib/dpkg/status").split("\n\n")
            if " ok installed" in block and "\nConffiles:" in block
            for path in re.findall(r"^ (/\S+) [0-9a-f]{32}$", block, re.M)
        }
        for md5, path in re.findall(r"^([0-9a-f]{32})  (/\S+)$", text_of("/var/lib/ucf/hashfile"), re.M):
            self.conffiles.setdefault(path, set()).add(md5)
        for path in self.conffiles:
            self.checksums.pop(path, None)
        self.paths.update(self.conffiles)
        self.enabled = {
            line
            for place in ENABLED
            for name in list_directory(at(place))
            if name.endswith(".dsh-also")
            for line in text_of(f"{place}/{name}").split()
        }
        self.alternatives = alternatives()
        self.makers = None

    def makes_account(self, *names):
        """Whether a package's script, or what it tells systemd-sysusers, makes the user, or puts it into the group."""
        if self.makers is None:
            self.makers = account_makers()
        return any({*names} <= words for words in self.makers)

    @classmethod
    def read(cls):
        """The books, read again only when they changed."""
        stamp = [when(path) for path in BOOKS]
        if cls.stamp != stamp:
            cls.books, cls.stamp = cls(), stamp
        return cls.books

    def divert(self):
        """A package moved the file of another one aside: dpkg-divert(1)."""
        lines = text_of("/var/lib/dpkg/diversions").splitlines()
        for path, aside in zip(lines[::3], lines[1::3], strict=False):
            self.paths.add(merged(aside))
            self.checksums.pop(merged(path), None)
            self.checksums.pop(merged(aside), None)  # whose checksum it is nobody knows


def merged(path):
    return path if path.startswith(("/usr/", "/etc/")) or not re.match(f"/(?:{BEFORE})/", path) else f"/usr{path}"


def unpacked_at(package):
    """When dpkg had unpacked the package, in ns: it writes the list of its files after them."""
    return when(f"{INFO}/{package}.list")


def when(path):
    try:
        return os.stat(at(path)).st_mtime_ns
    except OSError:
        return 0


def text_of(path):
    """A text in which names may be in any encoding; empty where there is none."""
    try:
        with open(at(path), encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return ""


def alternatives():
    """Names in /etc/alternatives: of every alternative, and of the links that go with it, update-alternatives(1)."""
    names = {*list_directory(at("/var/lib/dpkg/alternatives"))}
    return names | {
        name
        for one in names
        for name in text_of(f"/var/lib/dpkg/alternatives/{one}").split("\n\n")[0].splitlines()[2::2]
    }


def account_makers():
    """The words of each text by which packages make accounts."""
    names = [
        f"{INFO}/{name}" for name in list_directory(at(INFO)) if name.endswith((".postinst", ".preinst", ".config"))
    ]
    texts = [text for text in map(text_of, names) if MAKES_ACCOUNTS.search(text)]
    declared = [text_of(f"/usr/lib/sysusers.d/{name}") for name in list_directory(at("/usr/lib/sysusers.d"))]
    return [{*re.findall(r"[\w.-]+", text)} for text in [*texts, *declared]]
