#!/usr/bin/python3
# @OWNED@
"""Usage: backup. Backs up the paths listed in @LISTS@ to every target; the state is in @STATUS@"""
import datetime, glob, json, os, socket, subprocess, sys

TARGETS = "@TARGETS@"
STATUS = "@STATUS@"


def environment(target):
    with open(f"@SETTINGS@/{target}.env") as lines:
        pairs = [line.rstrip("\n").split("=", 1) for line in lines if not line.startswith("#")]
    return dict(os.environ, **dict(pairs))


def paths():
    found = []
    for name in sorted(glob.glob("@LISTS@/*")):
        with open(name) as lines:
            found += [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return [path for path in dict.fromkeys(found) if os.path.exists(path)]


def restic(target, *words):
    command = ["restic", "--retry-lock", "5m", *words]
    return subprocess.run(command, env=environment(target), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def failure(run):
    return (run.stderr.strip() or run.stdout.strip() or f"restic ended with {run.returncode}")[-500:]


def backup(target, what):
    """Returns (snapshot, None) or (None, why not)."""
    try:  # restic tries for 15 minutes, and the other targets wait
        socket.create_connection(TARGETS[target], timeout=10).close()
    except OSError as error:
        return None, f"{TARGETS[target][0]} port {TARGETS[target][1]} does not answer: {error}"
    run = restic(target, "cat", "config")
    if run.returncode == 10:  # restic(1): the repository does not exist
        run = restic(target, "init")
    if run.returncode:
        return None, failure(run)
    run = restic(target, "backup", "--json", "--one-file-system", "--tag", "postfleet", *what)
    # 3: some files could not be read, mostly mail that was moved meanwhile. The snapshot is there.
    if run.returncode not in (0, 3):
        return None, failure(run)
    summaries = [json.loads(line) for line in run.stdout.splitlines() if '"summary"' in line]
    return summaries[-1]["snapshot_id"][:8], failure(run) if run.returncode else None


try:
    with open(STATUS) as old:
        status = json.load(old)
except (OSError, ValueError):
    status = {}

what = paths()
failed = False
for target in TARGETS:
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    entry = dict(status.get(target, {}), lastTry=now)
    snapshot, problem = backup(target, what) if what else (None, None)
    if snapshot:
        entry.update(lastSuccess=now, snapshot=snapshot, paths=what)
    entry["problem"] = problem
    status[target] = entry
    print(f"{target}: snapshot {snapshot}" if snapshot else f"{target}: {problem or 'nothing to back up'}")
    failed |= bool(what) and not snapshot

status = {target: status[target] for target in TARGETS}
with open(STATUS + ".new", "w") as new:
    json.dump(status, new, indent=1)
os.replace(STATUS + ".new", STATUS)
sys.exit(failed)
