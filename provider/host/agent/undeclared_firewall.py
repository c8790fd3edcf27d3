"""Rules of nftables in the kernel that no file says: whoever opens a port by hand leaves nothing else behind."""

import re

from agent.debian import text_of
from agent.system import run

CONF = "/etc/nftables.conf"
# What it includes; other files of ours are loaded beside it.
INCLUDED = "/etc/nftables.d/"
SECONDS = 10
# Without what is in sets: that comes and goes by itself, and is what they are for.
LIST = ["nft", "--stateless", "--terse", "list", "ruleset"]


def firewall(claims):
    code, running, _ = run(LIST, SECONDS)
    if code or not running.strip():
        return
    files = from_files(sorted(path for path in claims.paths if path.endswith(".nft") and not path.startswith(INCLUDED)))
    said = tables_of(files or "")
    for name, rules in tables_of(running).items():
        if files is None:
            if not re.search(rf"(?m)^\s*{re.escape(name)}\b", text_of(CONF)):
                yield {"kind": "rules", "name": name, "detail": f"{len(rules)} lines, in no file"}
        elif name not in said:
            yield {"kind": "rules", "name": name, "detail": f"{len(rules)} lines, in no file"}
        elif rules != said[name]:
            more, fewer = ({*rules} - {*said[name]}), ({*said[name]} - {*rules})
            detail = f"{len(more)} lines more and {len(fewer)} fewer than {CONF} says"
            yield {
                "kind": "rules",
                "name": name,
                "detail": detail if more or fewer else f"in another order than {CONF} says",
            }


def from_files(more):
    """What the files say, in the words in which the kernel would tell it: asked of a network namespace of its own. None where
    that cannot be had, as of rules for an interface that is not there."""
    if not text_of(CONF):
        return ""
    load = 'for file; do nft -f "$file" || exit 1; done; ' + " ".join(LIST)
    code, said, _ = run(["unshare", "--net", "/bin/sh", "-c", load, "sh", CONF, *filter(text_of, more)], SECONDS)
    return None if code else said


def tables_of(ruleset):
    """The lines of each table, by its family and name."""
    tables = re.findall(r"^(table \w+ \S+) \{\n(.*?)^\}$", ruleset, re.M | re.S)
    return {name: [line.strip() for line in text.splitlines() if line.strip()] for name, text in tables}
