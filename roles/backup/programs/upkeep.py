#!/usr/bin/python3
# @OWNED@
"""Usage: backup-upkeep prune | check"""
import datetime, json, os, subprocess, sys

CLIENTS = "@CLIENTS@"
KEEP = ["--keep-within", "1d", "--keep-daily", "@DAILY@", "--keep-weekly", "@WEEKLY@", "--keep-monthly", "@MONTHLY@"]

# The week's number as a part of 13: after a quarter every byte was read once.
PART = f"{datetime.date.today().isocalendar().week % 13 + 1}/13"


def restic(client, *words):
    """Runs restic on the repository of one client; its password comes as a systemd credential."""
    password = os.path.join(os.environ["CREDENTIALS_DIRECTORY"], client)
    command = ["restic", "--no-cache", "--retry-lock", "30m", "--repo", "@DATA@/" + client, "--password-file", password]
    return subprocess.run(command + list(words), check=True, stdout=subprocess.PIPE, text=True).stdout


def from_future(client):
    limit = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).isoformat()
    return [
        snapshot["short_id"]
        for snapshot in json.loads(restic(client, "snapshots", "--json"))
        if datetime.datetime.fromisoformat(snapshot["time"]) > datetime.datetime.fromisoformat(limit)
    ]


def prune(client):
    future = from_future(client)
    if future:
        raise RuntimeError(f"snapshots from the future: {', '.join(future)}. Nothing was deleted; is that client safe?")
    # Snapshots of different lists of paths count as one series, else a changed list would keep the old ones for ever.
    restic(client, "forget", "--prune", "--group-by", "host", *KEEP)


def check(client):
    restic(client, "check", "--read-data-subset=" + PART)


failed = False
for client in CLIENTS:
    if not os.path.exists("@DATA@/" + client + "/config"):
        print(f"{client}: no repository yet")
        continue
    try:
        {"prune": prune, "check": check}[sys.argv[1]](client)
        print(f"{client}: {sys.argv[1]} done")
    except (subprocess.CalledProcessError, RuntimeError) as error:
        print(f"{client}: {sys.argv[1]} failed: {error}", file=sys.stderr)
        failed = True
sys.exit(failed)
