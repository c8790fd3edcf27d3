"""Packages that somebody installed by hand: of no role, and no part of a Debian that boots and can be reached."""

import re

from agent.debian import text_of
from agent.debian_made import BASE
from agent.facts import Dpkg
from agent.system import STATE, at, read_json

PRIORITIES = ("required", "important", "standard")


def packages(claims):
    automatic = {
        *re.findall(r"^Package: (\S+)\n(?:.+\n)*?Auto-Installed: 1$", text_of("/var/lib/apt/extended_states"), re.M)
    }
    ours = {*claims.packages, *read_json(at(f"{STATE}/packages.json"), {})}
    blocks = [
        block
        for block in text_of("/var/lib/dpkg/status").split("\n\n")
        if "\nStatus: install ok installed" in block or "\nStatus: hold ok installed" in block
    ]
    known = {Dpkg.field(block, "Package"): block for block in blocks}
    needed = needed_by(
        {
            name
            for name in known
            if name in ours
            or BASE.fullmatch(name)
            or Dpkg.field(known[name], "Priority") in PRIORITIES
            or Dpkg.field(known[name], "Essential") == "yes"
        },
        known,
    )
    for name, block in known.items():
        if name not in automatic and name not in needed:
            yield {"kind": "package", "name": name, "detail": f"{Dpkg.field(block, 'Version')}, installed by hand"}


def needed_by(names, known):
    """The packages, and all that they depend upon or recommend."""
    provided = {}
    for name, block in known.items():
        for virtual in re.findall(r"[a-z0-9][a-z0-9.+-]+", re.sub(r"\([^)]*\)", "", Dpkg.field(block, "Provides"))):
            provided.setdefault(virtual, []).append(name)
    needed, ahead = set(), [*names]
    while ahead:
        name = ahead.pop()
        if name in needed:
            continue
        needed.add(name)
        for field in ("Depends", "Pre-Depends", "Recommends"):
            wanted = re.findall(r"[a-z0-9][a-z0-9.+-]+", re.sub(r"\([^)]*\)|:\w+", "", Dpkg.field(known[name], field)))
            ahead += [one for word in wanted for one in ([word] if word in known else provided.get(word, []))]
    return needed
