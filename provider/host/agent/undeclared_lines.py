"""Lines in files that Debian's programs write and change, so that no checksum can judge them."""

import re

from agent.debian import text_of
from agent.system import at, list_directory

PAM = ("account", "auth", "password", "session")
LOCAL = re.compile(r"127\.\d+\.\d+\.\d+|::1|ff0\d::\d+|fe00::\d+")


def lines(_claims):
    yield from hosts()
    yield from environment()
    yield from nsswitch()
    yield from pam()
    yield from sources()


def told(path, what, detail):
    return {"kind": "line", "name": f"{path} {what}", "detail": detail}


def hosts():
    """Names that this host takes for others than DNS does. Its own it may have, and apt's mirrors: what they give is signed."""
    own = text_of("/etc/hostname").split("\n")
    mirrors = {*re.findall(r"https?://([^/\s:]+)", "\n".join(text_of(path) for path in source_files()))}
    own = next((line.strip() for line in own if line.strip() and not line.startswith("#")), "localhost")
    for line in text_of("/etc/hosts").splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if (
            address
            and not LOCAL.fullmatch(address)
            and not {own, own.partition(".")[0]} & {*names}
            and not {*names} <= mirrors
        ):
            yield told("/etc/hosts", " ".join(names), f"is {address}")
        if LOCAL.fullmatch(address):
            yield from (
                told("/etc/hosts", name, f"is {address}")
                for name in names
                if name not in (own, own.partition(".")[0])
                and not re.fullmatch(r"localhost[\w.]*|ip6-\w+|ipv6-\w+", name)
            )


def environment():
    for line in text_of("/etc/environment").splitlines():
        name, is_set, _ = line.partition("=")
        if is_set and not line.lstrip().startswith("#") and name.strip() not in ("LANG", "LC_ALL", "LANGUAGE"):
            yield told("/etc/environment", name.strip(), "set for every login")


def nsswitch():
    """Where names and users are looked up: Debian's own ways, and those of its modules."""
    usual = {
        "files",
        "systemd",
        "dns",
        "db",
        "nis",
        "compat",
        "resolve",
        "myhostname",
        "mymachines",
        "mdns4_minimal",
        "[NOTFOUND=return]",
        "[!UNAVAIL=return]",
        "[SUCCESS=merge]",
    }
    for line in text_of("/etc/nsswitch.conf").splitlines():
        what, is_rule, ways = line.partition("#")[0].partition(":")
        for way in ways.split() if is_rule else ():
            if way not in usual:
                yield told("/etc/nsswitch.conf", f"{what.strip()} {way}", "none of Debian's ways to look it up")


def pam():
    """pam-auth-update(8) writes these from the profiles of packages; how far a rule jumps is its own reckoning."""
    for kind in (*PAM, "session-noninteractive"):
        path, sort = f"/etc/pam.d/common-{kind}", kind.partition("-")[0]
        known = {rule(line) for line in text_of(f"/usr/share/pam/common-{kind}").splitlines()}
        known.add(rule(f"{sort} [default=1] pam_permit.so"))  # where no profile decides
        for profile in list_directory(at("/usr/share/pam-configs")):
            known |= {
                rule(f"{sort} {line}")
                for line in text_of(f"/usr/share/pam-configs/{profile}").splitlines()
                if line[:1] in " \t"
            }
        for line in text_of(path).splitlines():
            if line.strip() and not line.startswith("#") and rule(line) not in known:
                yield told(
                    path,
                    (re.findall(r"[\w./-]+\.so|@include.*|include.*", line) or ["a line"])[0],
                    "a rule of no package's profile",
                )


def rule(line):
    return " ".join(re.sub(r"=(end|\d+)", "=N", line).split())


def sources():
    """Whatever apt's mirrors are: what they give is signed by Debian, unless a source needs no signature or brings a key."""
    for path in source_files():
        text = "\n".join(line for line in text_of(path).splitlines() if not line.lstrip().startswith("#"))
        if re.search(r"(?i)trusted\s*[=:]\s*(yes|true|1)|allow-insecure\s*[=:]\s*(yes|true|1)", text):
            yield told(path, "trusted", "packages from there need no signature")
        yield from (
            told(path, key, "a key besides Debian's")
            for key in re.findall(r"(?i)signed-by\s*[=:]\s*([^\s\],]+)", text)
            if not key.startswith("/usr/share/keyrings/debian-")
        )


def source_files():
    place = "/etc/apt/sources.list.d"
    return ["/etc/apt/sources.list", *(f"{place}/{name}" for name in list_directory(at(place)))]
