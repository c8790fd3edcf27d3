"""A file system that is really full: a validator eats all blocks or all inodes of it, and then fails.

full.py DIRECTORY   as root; prints one JSON object: what was used up -> what came of it; "as before" is the right one
"""

import json
import pathlib
import subprocess
import sys

from scratch import debian, manifest, question, use

root = pathlib.Path(sys.argv[1]).resolve() / "host"
use(root)

from agent.apply import apply  # noqa: E402
from agent.observe import observe  # noqa: E402

EAT_BLOCKS = f"cat /dev/zero > {root}/eaten; exit 1"
EAT_INODES = f"mkdir {root}/eaten; i=0; while : > {root}/eaten/$i; do i=$((i + 1)); done; exit 1"


def file(content):
    return {"content": content, "mode": "0644", "owner": "0", "group": "0"}


def role(content, **parts):
    names = [f"/etc/demo/{number}" for number in range(20)]
    return manifest(files={name: file(content) for name in names}, **parts)


def tried(eat):
    debian(root)
    apply({"manifest": role("one\n" * 2000), "applyId": "id"}, lambda *_: None)
    (root / "etc/theirs").write_text("theirs\n")
    wanted = role("two\n" * 2000, validate=[{"argv": ["sh", "-c", eat]}])
    wanted["files"]["/etc/theirs"] = file("ours\n")
    try:
        apply({"manifest": wanted, "applyId": "id"}, lambda *_: None)
        return "it was applied"
    except Exception as error:
        details = getattr(error, "details", {})
        if not details.get("rolledBack"):
            return f"{error}: {details}"
    if observe(question())["unfinished"]:
        return "the way back is unfinished"
    contents = {path.read_text() for path in (root / "etc/demo").iterdir()} | {(root / "etc/theirs").read_text()}
    return "as before" if contents == {"one\n" * 2000, "theirs\n"} else f"{len(contents)} contents"


def main():
    came = {}
    for what, options, eat in (("blocks", "size=2m", EAT_BLOCKS), ("inodes", "nr_inodes=200", EAT_INODES)):
        root.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "postfleet-test", root], check=True)
        try:
            came[what] = tried(eat)
        finally:
            subprocess.run(["umount", root], check=True)
    print(json.dumps(came))


main()
