#!/usr/bin/python3
# @OWNED@
"""Usage: backup-upkeep prune | check | watch. What the timers start; for the operator there is postfleet-backup."""
import contextlib
import datetime
import fcntl
import json
import os
import pwd
import socket
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, "@LIBRARY@")
from backup_ledger import CLIENTS, DATA, STATE, book, files, outdated, seen_from_outside, unjudged, utc  # noqa: E402

USER = "@USER@"
# Seconds that a snapshot may arrive after the time it says, which is that of its beginning, and before it.
LATE, EARLY = "@LATE@", "@EARLY@"
# Seconds to wait for those who work in a repository.
PATIENCE = "@PATIENCE@"
# restic renews the locks of the living every 5 minutes, and ends what it does where it could not for 22.
LOCK_LIFE = 1800
# The week's number as a part of 13: after a quarter every byte was read once.
PART = f"{datetime.date.today().isocalendar().week % 13 + 1}/13"
PASSWORDS = os.environ.get("CREDENTIALS_DIRECTORY", "/nonexistent")


class Trouble(Exception):
    """Why the work on a repository was not done."""


class Alarm(Trouble):
    """Somebody must look: a client did what an honest one does not do."""

    def __init__(self, client, wrong):
        more = f"; and {len(wrong) - 10} more" if len(wrong) > 10 else ""
        advice = f"Nothing is forgotten until somebody has looked: postfleet-backup list {client}"
        super().__init__(f"{'; '.join(wrong[:10])}{more}. {advice}")


def restic(client, *words):
    """Its answer. It gets the password on standard input, and no more rights than the server has."""
    with open(f"{PASSWORDS}/{client}") as file:
        password = file.read()
    user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups"]
    command = [*user, "restic", "--no-cache", "--repo", f"{DATA}/{client}", *words]
    run = subprocess.run(command, input=password, capture_output=True, text=True)
    if run.returncode:
        said = run.stderr.strip() or run.stdout.strip()
        raise Trouble(f"restic {' '.join(words)} ended with {run.returncode}: {said[-500:]}")
    return run.stdout


def said_by_snapshots(client, known):
    """What is wrong with what the snapshots say of themselves."""
    try:
        said = {each["id"]: each["time"] for each in json.loads(restic(client, "--no-lock", "snapshots", "--json"))}
    except Trouble:
        said = {}  # one that is no snapshot, and none is told: each is asked
    for id, entry in unjudged(known).items():
        try:
            made = said.get(id) or json.loads(restic(client, "--no-lock", "cat", "snapshot", id))["time"]
        except (Trouble, KeyError, TypeError, ValueError):
            yield f"snapshot {id[:8]}, arrived {utc(entry['arrived'])}, cannot be read"
            continue
        try:
            late = entry["arrived"] - datetime.datetime.fromisoformat(made).timestamp()
        except (ValueError, OverflowError):
            late = None
        if late is None or not -EARLY <= late <= LATE:
            yield f"snapshot {id[:8]} arrived {utc(entry['arrived'])} and says that it was made {made}"


def measured(client, known):
    """What is wrong with the sizes. They are measured here: what a snapshot says of its size its client says."""
    sizes = []
    for id, entry in known["snapshots"].items():
        verdict = entry.get("verdict")
        if verdict == "dropped":
            continue
        if "size" not in entry:
            try:
                stats = restic(client, "--no-lock", "stats", "--mode", "raw-data", "--json", id)
            except Trouble as trouble:
                if verdict != "accepted":
                    yield f"snapshot {id[:8]}, arrived {utc(entry['arrived'])}, cannot be measured: {trouble}"
                continue
            entry["size"] = json.loads(stats)["total_size"]
        size = entry["size"]
        if verdict == "accepted":
            sizes.clear()
        # Against what most had, not the most: a queue that was long for an hour is no alarm.
        elif sizes and size < statistics.median_low(sizes) / 2:
            usual, arrived = statistics.median_low(sizes), utc(entry["arrived"])
            yield f"data shrinks: snapshot {id[:8]}, arrived {arrived}, has {size} bytes, most before have {usual}"
            continue
        sizes.append(size)


def look(client):
    """Raises what is wrong; else answers what the operator dropped, and what the keep rule does not keep."""
    with book(client) as known:
        pass
    wrong = list(seen_from_outside(client, known)) or list(said_by_snapshots(client, known))
    # Thousands of strange ones are not measured first.
    wrong = wrong or list(measured(client, known))
    with book(client) as current:
        for id, entry in current["snapshots"].items():
            if "size" in known["snapshots"].get(id, {}):
                entry["size"] = known["snapshots"][id]["size"]
    if wrong:
        raise Alarm(client, wrong)
    dropped = [id for id, entry in current["snapshots"].items() if entry.get("verdict") == "dropped"]
    return dropped, outdated(current["snapshots"])


def left_here(client, lock):
    """Whether it is ours and its process is gone, as after a power failure. What others say of theirs says nothing."""
    if not os.path.exists(f"{PASSWORDS}/{client}"):
        return False
    try:
        said = json.loads(restic(client, "--no-lock", "cat", "lock", lock))
        if (said["hostname"], said.get("uid", 0)) != (socket.gethostname(), pwd.getpwnam(USER).pw_uid):
            return False
        with open(f"/proc/{int(said['pid'])}/comm") as comm:
            return comm.read().strip() != "restic"
    except FileNotFoundError:
        return True
    except (Trouble, KeyError, TypeError, ValueError):
        return False  # gone meanwhile, or not readable: its age will tell


def living(client, ask=True):
    """Locks of those who work in the repository. Those of the dead go; by our clock, as clients may have any time."""
    alive = {}
    for lock, arrived in sorted(files(client, "locks").items(), key=lambda item: -item[1]):
        if abs(time.time() - arrived) > LOCK_LIFE or (ask and len(alive) < 10 and left_here(client, lock)):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{DATA}/{client}/locks/{lock}")
                print(f"{client}: removed the lock {lock[:8]} of {utc(arrived)}, whose owner is dead")
        else:
            alive[lock] = arrived
    return alive


def wait_for_others(client, deadline):
    while alive := living(client):
        if time.monotonic() > deadline:
            locks = ", ".join(f"{lock[:8]} of {utc(arrived)}" for lock, arrived in list(alive.items())[:5])
            minutes = PATIENCE // 60
            raise Trouble(f"somebody works in it and did not end within {minutes} minutes; {len(alive)} locks: {locks}")
        time.sleep(min(20, PATIENCE / 4))


@contextlib.contextmanager
def alone(client):
    """Nobody works in the repository, and its server is off: nothing comes between a look at it and what follows."""
    unit, deadline = f"postfleet-backup-server-{client}.service", time.monotonic() + PATIENCE
    while True:
        wait_for_others(client, deadline)
        try:
            subprocess.run(["systemctl", "stop", unit], check=True)
            if not living(client):
                yield
                return
        finally:
            subprocess.run(["systemctl", "start", unit], check=True)  # it reckons anew how much room there is


def forget(client, ids):
    """What `restic forget` does; but that wants to read them, and what cannot be read must go as well."""
    for id in ids:
        os.unlink(f"{DATA}/{client}/snapshots/{id}")
        print(f"{client}: forgot {id[:8]}")


def prune(client):
    look(client)
    with alone(client):
        dropped, old = look(client)
        forget(client, dropped)
        # A client can write an index by which old data stands in a file of its own as well, with rubbish in it, and of
        # two copies prune deletes either. Where something is there twice, everything is read before.
        blobs = restic(client, "--no-lock", "list", "blobs").split("\n")
        if len(set(blobs)) < len(blobs):
            try:
                restic(client, "check", "--read-data")
            except Trouble as trouble:
                raise Alarm(client, [f"data that is there twice, and something is damaged: {trouble}"]) from trouble
        forget(client, old)
        restic(client, "prune")


def check(client):
    with book(client) as known:
        wrong = list(seen_from_outside(client, known))
    if wrong:
        raise Alarm(client, wrong)
    wait_for_others(client, time.monotonic() + PATIENCE)
    restic(client, "--retry-lock", "30m", "check", "--read-data-subset=" + PART)


def watch(client):
    with book(client) as known:
        wrong = list(seen_from_outside(client, known))
    # A strange key may cost restic any time and memory: it is not asked then.
    living(client, ask=not wrong)
    if wrong:
        raise Alarm(client, wrong)


def run(work):
    """Does it for one repository after the other; one that fails does not keep the next from its turn."""
    failed = False
    for client in CLIENTS:
        if not os.path.exists(f"{DATA}/{client}/config"):
            print(f"{client}: no repository yet")
            continue
        alarm = None
        try:
            {"prune": prune, "check": check, "watch": watch}[work](client)
            print(f"{client}: {work} done")
        except (Trouble, OSError, ValueError, subprocess.CalledProcessError) as error:
            alarm, failed = str(error), True
            print(f"{client}: {work} failed: {error}", file=sys.stderr)
        with book(client) as known:
            known["alarms"][work] = alarm
    return failed


work = sys.argv[1]
# Prune and check one after the other; the watch goes on meanwhile.
with open(f"{STATE}/{'watch' if work == 'watch' else 'upkeep'}.turn", "w") as turn:
    fcntl.flock(turn, fcntl.LOCK_EX)
    sys.exit(run(work))
