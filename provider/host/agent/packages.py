"""Debian packages: one run of apt, with daemons kept from starting by themselves."""
import fcntl
import os
import re
import time

from agent.ahead import enabled_links, hold_back
from agent.debian import Debian, text_of
from agent.facts import Dpkg, read_text
from agent.system import (
    Refused,
    STATE,
    at,
    list_directory,
    read_json,
    remove_quietly,
    run,
    tail,
    write_json,
    write_whole,
)

POLICY = "/usr/sbin/policy-rc.d"
POLICY_MARK = "# postfleet: only for the time of one apt run"


class NoAutostart:
    """Keeps daemons of new packages from starting, by Debian's policy-rc.d; those that ran before may restart.

    The file minds its own end: once the process that wrote it is gone, it allows everything, as if it were not there.
    """

    def __enter__(self):
        active = run(["systemctl", "list-units", "--state=active", "--plain", "--no-legend", "--type=service,socket,timer,path"])[1]
        names = " ".join(sorted({line.split()[0] for line in active.splitlines() if line.strip()}))
        self.saved = f"{POLICY}.postfleet-saved"
        existing = read_text(POLICY)
        if existing is not None and POLICY_MARK not in existing:
            os.rename(at(POLICY), at(self.saved))
        before = f'[ -x {self.saved} ] && exec {self.saved} "$@"\n'
        text = (f"#!/bin/sh\n{POLICY_MARK}\nif [ -d /proc/{os.getpid()} ]; then\n"
                f'  case " {names} " in *" $1 "*|*" $1.service "*) ;; *) exit 101 ;; esac\nfi\n{before}exit 0\n')
        os.makedirs(os.path.dirname(at(POLICY)), exist_ok=True)
        write_whole(at(POLICY), text.encode())
        os.chmod(at(POLICY), 0o755)

    def __exit__(self, *_):
        tidy_policy()


def tidy_policy():
    if POLICY_MARK in (read_text(POLICY) or ""):
        if os.path.exists(at(f"{POLICY}.postfleet-saved")):
            os.rename(at(f"{POLICY}.postfleet-saved"), at(POLICY))
        else:
            remove_quietly(at(POLICY))


LOCK_SECONDS = 300
APT = ["apt-get", "-y", "-q", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", "-o", "Dpkg::Options::=--force-confdef",
       "-o", "Dpkg::Use-Pty=0", "-o", f"DPkg::Lock::Timeout={LOCK_SECONDS}", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20"]
APT_ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_MODE": "l", "APT_LISTCHANGES_FRONTEND": "none", "UCF_FORCE_CONFFOLD": "1"}
LISTS_FRESH_SECONDS = 86400


def apt(*arguments):
    return run([*APT, *arguments], timeout=3600, extra_env=APT_ENVIRONMENT)


def apt_failed(what, code, out, err):
    words = [line for line in f"{out}\n{err}".splitlines() if line.startswith(("E:", "Err:", "W:", "dpkg:", " ")) or "rror" in line]
    text = redact_urls(tail("\n".join(words) or err or out, 25))
    kind = "DiskFull" if "No space left" in text or "enough free space" in text else "AptFailed"
    return Refused(kind, f"{what} failed (exit code {code})", stage="packages", output=text)


def redact_urls(text):
    return re.sub(r"(\w+://)[^/\s:@]+:[^/\s@]+@", r"\1[hidden]@", text)


def lists_are_fresh():
    if not any("_Packages" in name for name in list_directory(at("/var/lib/apt/lists"))):
        return False
    stamps = [os.stat(at(path)).st_mtime for path in ("/var/lib/apt/lists", f"{STATE}/apt-updated") if os.path.exists(at(path))]
    return time.time() - max(stamps) < LISTS_FRESH_SECONDS


def apt_update(say):
    say("packages", "apt-get update")
    code, out, err = apt("update", "-o", "APT::Update::Error-Mode=any")
    if code:
        raise apt_failed("apt-get update", code, out, err)
    write_whole(at(f"{STATE}/apt-updated"), b"")


def mend_dpkg(say):
    """Ends what an interrupted dpkg left half done. Somebody else's running dpkg is not interrupted: it is waited for."""
    Dpkg.read()
    if not Dpkg.broken and not list_directory(at("/var/lib/dpkg/updates")):
        return
    with open(at("/var/lib/dpkg/lock-frontend"), "a+b") as lock:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise Refused("AptFailed", f"another dpkg has been running for {LOCK_SECONDS} s", stage="packages", output="") from None
                say("packages", "waiting for another dpkg to end")
                time.sleep(1)
    Dpkg.read()
    if Dpkg.broken or list_directory(at("/var/lib/dpkg/updates")):
        say("packages", f"dpkg --configure -a ({', '.join(Dpkg.broken[:5])} half installed)")
        with NoAutostart():
            code, out, err = run(["dpkg", "--force-confold", "--force-confdef", "--configure", "-a"], 3600, APT_ENVIRONMENT)
            if code:  # what cannot be configured may lack something that apt can fetch
                code, out, err = apt("-f", "install")
        if code:
            raise apt_failed("dpkg --configure -a", code, out, err)


def install_packages(manifest, others, say):
    """One run of apt for all that is missing, or has another version than asked. Returns {installed, upgraded, heldBack}."""
    mend_dpkg(say)
    before = dict(Dpkg.read())
    wanted = {**{name: "present" for name in manifest["packagesAhead"]}, **manifest["packages"]}
    missing = [name if version == "present" else f"{name}={version}" for name, version in sorted(wanted.items())
               if name not in before or version not in ("present", before[name])]
    if not missing:
        return {"installed": [], "upgraded": [], "heldBack": []}
    if not lists_are_fresh():
        apt_update(say)
    say("packages", f"apt-get install {' '.join(missing)}")
    known = read_json(at(f"{STATE}/packages.json"), {"installed": [], "pulled": []})
    known["installed"] = sorted({*known["installed"], *(name for name in wanted if name not in before)})
    write_json(at(f"{STATE}/packages.json"), known)
    links = enabled_links()
    with NoAutostart():
        code, out, err = apt_install(missing, others, say)
    after = Dpkg.read()
    held_back = hold_back(links, after.keys() - before.keys(), manifest, others)
    known["pulled"] = sorted({*known["pulled"], *(after.keys() - before.keys() - {*known["installed"]})})
    known["installed"] = [name for name in known["installed"] if name in after]
    write_json(at(f"{STATE}/packages.json"), known)
    if code:
        raise apt_failed("apt-get install", code, out, err)
    return {"installed": sorted(after.keys() - before.keys()),
            "upgraded": sorted(name for name in wanted if name in before and after.get(name) != before[name]), "heldBack": held_back}


def apt_install(missing, others, say):
    arguments = ["install", *(["--allow-downgrades"] if any("=" in name for name in missing) else []), *missing]
    code, out, err = apt("--no-remove", *arguments)
    if code and "remove is disabled" in out + err:  # something must go: allowed, unless another role needs it
        claimed = {name: role for role, other in others.items() for name in other.get("packages", {})}
        for name in re.findall(r"^Remv (\S+)", apt("-s", *arguments)[1], re.M):
            if name in claimed:
                raise Refused("ClaimConflict", f"installing {' '.join(missing)} would remove package {name}, which role {claimed[name]} needs",
                              path=f"package {name}", roles=[claimed[name]])
        return apt(*arguments)
    if code and re.search(r"Unable to locate|404 +Not Found|has no installation candidate|Unable to fetch|was not found", out + err):
        apt_update(say)
        return apt("--no-remove", *arguments)
    return code, out, err


# A package that is merely suggested or recommended by another is not needed by it: it was not there before either.
UNNEEDED = ["-o", "APT::AutoRemove::SuggestsImportant=false", "-o", "APT::AutoRemove::RecommendsImportant=false"]


def remove_packages(names, others, claims=("packages", "packagesAhead")):
    """Removes packages that Postfleet installed and nobody claims, with what they alone had pulled in. Never purges."""
    known = read_json(at(f"{STATE}/packages.json"), {"installed": [], "pulled": []})
    claimed = {name for other in others.values() for key in claims for name in other.get(key, [])}
    ours = {*known["installed"], *known["pulled"]} - claimed
    present = Dpkg.read()

    def harmless(candidates):
        return {*re.findall(r"^Remv (\S+)", apt("-s", "remove", *candidates)[1], re.M)} <= ours

    going = [name for name in sorted({*names}) if name in known["installed"] and name in present and name not in claimed]
    if going and not harmless(going):
        going = [name for name in going if harmless([name])]
    if going:
        before, made = {*present}, made_accounts()
        code, out, err = apt("remove", *going)
        if code:
            raise apt_failed("apt-get remove", code, out, err)
        unneeded = [name for name in re.findall(r"^Remv (\S+)", apt("-s", *UNNEEDED, "autoremove")[1], re.M) if name in known["pulled"]]
        if unneeded and harmless(unneeded):
            apt("remove", *unneeded)
        going = sorted(before - {*Dpkg.read()})
        # A package that goes leaves its users, whose files may be there still: nobody else brought them.
        known["accounts"] = sorted({*known.get("accounts", []), *made} - made_accounts())
    present = Dpkg.read()
    if os.path.exists(at(f"{STATE}/packages.json")):
        noted = {key: [name for name in known[key] if name in present] for key in ("installed", "pulled")}
        write_json(at(f"{STATE}/packages.json"), {**known, **noted})
    return going


def made_accounts():
    """Users and groups of this host that its packages' scripts make."""
    debian = Debian.read()
    files = (text_of(path).splitlines() for path in ("/etc/passwd", "/etc/group"))
    return {name for lines in files for name in (line.split(":")[0] for line in lines) if debian.makes_account(name)}
