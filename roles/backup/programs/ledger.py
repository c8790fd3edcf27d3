# @OWNED@
"""
What a target knows of its repositories by itself. A client that was broken into may add what it likes, and say of it
what it likes: so what counts is when something arrived, what was measured here, and what the operator said of it.
"""
import contextlib
import datetime
import fcntl
import json
import os
import re
import time

CLIENTS = "@CLIENTS@"
DATA, STATE = "@DATA@", "@STATE@"
DAY = 86400
# How many are kept, and what the moments of one period have in common, strftime(3).
KEEP = [("@DAILY@", "%Y-%m-%d"), ("@WEEKLY@", "%G-%V"), ("@MONTHLY@", "%Y-%m")]
MOST_A_DAY = "@MOST_A_DAY@"


def files(client, kind):
    """Id -> moment of arrival: the server writes a file once, and nobody can touch it through the server."""
    with os.scandir(f"{DATA}/{client}/{kind}") as found:
        return {entry.name: entry.stat().st_mtime for entry in found if re.fullmatch("[0-9a-f]{64}", entry.name)}


@contextlib.contextmanager
def book(client):
    """The snapshots in the order of arrival: the moment as first seen, the size as measured, the operator's verdict."""
    path = f"{STATE}/{client}.json"
    with open(f"{path}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = {"snapshots": {}, "keys": [], "alarms": {}}
        if os.path.exists(path):
            with open(path) as file:
                known = json.load(file)
        old, there = known["snapshots"], files(client, "snapshots")
        entries = {id: old.get(id, {"arrived": int(moment)}) for id, moment in there.items()}
        known["snapshots"] = dict(sorted(entries.items(), key=lambda item: (item[1]["arrived"], item[0])))
        yield known
        with open(f"{path}.new", "w") as new:
            json.dump(known, new, indent=1)
            new.flush()
            os.fsync(new.fileno())
        os.replace(f"{path}.new", path)


def utc(moment):
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%d %H:%M")


def unjudged(known):
    return {id: entry for id, entry in known["snapshots"].items() if "verdict" not in entry}


def seen_from_outside(client, known):
    """What is wrong, as far as it can be told without the password."""
    # restic tries twenty keys at most: a heap of them would shut us out.
    keys = sorted((moment, id) for id, moment in files(client, "keys").items() if id not in known["keys"])
    for moment, id in keys[1:6]:
        remedy = f"accept it, or delete keys/{id} by hand, but never the first, {keys[0][1][:8]}"
        yield f"a second key {id[:8]} arrived {utc(moment)}: {remedy}"
    first, arrivals = 0, [(entry["arrived"], id) for id, entry in unjudged(known).items()]
    for last, (arrived, id) in enumerate(arrivals):
        while arrived - arrivals[first][0] > DAY:
            first += 1
        if last - first >= MOST_A_DAY:
            yield f"more than {MOST_A_DAY} snapshots arrived within a day, {id[:8]} at {utc(arrived)} was one too many"
            return


def outdated(snapshots):
    """
    What the keep rule does not keep. Of each period the first that arrived is kept, so that nothing that comes later
    takes its place; and all of the day before the newest. What the operator dropped counts for nothing.
    """
    valid = {id: entry["arrived"] for id, entry in snapshots.items() if entry.get("verdict") != "dropped"}
    kept = {id for id, arrived in valid.items() if max(valid.values()) - arrived <= DAY}
    for count, period in KEEP:
        firsts = {}
        for id, arrived in valid.items():
            firsts.setdefault(time.strftime(period, time.gmtime(arrived)), id)
        kept.update(list(firsts.values())[max(0, len(firsts) - count) :])
    return [id for id in valid if id not in kept]
