#!/usr/bin/python3
# @OWNED@
"""Usage: postfleet-backup list CLIENT                its snapshots as they arrived, and what is wrong
       postfleet-backup accept CLIENT ID...        these are right: later ones are measured against the last of them
       postfleet-backup drop CLIENT ID...          these are not: the next prune forgets them
       postfleet-backup drop CLIENT since=TIME     all that arrived since then, UTC, as 2026-01-31T14:00
       postfleet-backup alarms                     prints how many there are
An ID is that of a snapshot, or what it begins with; `accept` also takes that of a key.
"""
import datetime
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "@LIBRARY@")
from backup_ledger import CLIENTS, STATE, book, files, utc  # noqa: E402


def chosen(client, known, words):
    """The ids that are meant."""
    if words[0].startswith("since=") and len(words) == 1:
        try:
            since = datetime.datetime.fromisoformat(words[0][6:])
        except ValueError:
            raise ValueError(f"{words[0][6:]} is no time; write it in UTC, as 2026-01-31T14:00") from None
        moment = since.replace(tzinfo=since.tzinfo or datetime.UTC).timestamp()
        return [id for id, entry in known["snapshots"].items() if entry["arrived"] >= moment]
    there = [*known["snapshots"], *files(client, "keys")]
    ids = []
    for word in words:
        found = [id for id in there if id.startswith(word)]
        if len(found) != 1 or len(word) < 4:
            allowed = "one is expected; four digits or more, as `list` prints them"
            raise ValueError(f"{word} names {len(found)} snapshots of {client}, {allowed}")
        ids += found
    return ids


def judge(verdict, client, words):
    with book(client) as known:
        ids, snapshots = chosen(client, known, words), known["snapshots"]
        if verdict == "dropped":
            if not set(ids) <= set(snapshots):
                raise ValueError("a key is deleted by hand: without the first one nobody can read anything")
            if all(id in ids or entry.get("verdict") == "dropped" for id, entry in snapshots.items()):
                raise ValueError(f"nothing would be left of {client}; was another time or client meant?")
        for id in ids:
            if id in snapshots:
                snapshots[id]["verdict"] = verdict
            elif id not in known["keys"]:
                known["keys"].append(id)
    at_once = "systemctl start postfleet-backup-prune"
    print(f"{client}: {len(ids)} {verdict}. The nightly prune goes by it; at once: {at_once}")


def show(client):
    with book(client) as known:
        for id, entry in known["snapshots"].items():
            print(id[:8], utc(entry["arrived"]), entry.get("size", "-"), entry.get("verdict", ""))
        for work, alarm in known["alarms"].items():
            if alarm:
                print(f"{work} failed: {alarm}")


def alarms():
    count = 0
    for client in CLIENTS:
        if os.path.exists(f"{STATE}/{client}.json"):
            with open(f"{STATE}/{client}.json") as file:
                count += sum(alarm is not None for alarm in json.load(file)["alarms"].values())
    return count


match sys.argv[1:]:
    case ["alarms"]:
        print(alarms())
    case ["list", client] if client in CLIENTS:
        show(client)
    case ["accept" | "drop" as verb, client, _, *_] if client in CLIENTS:
        try:
            judge({"accept": "accepted", "drop": "dropped"}[verb], client, sys.argv[3:])
        except ValueError as error:
            sys.exit(f"{error}. Nothing was changed.")
    case _:
        print(f"{__doc__}Clients: {', '.join(CLIENTS) or 'none'}", file=sys.stderr)
        sys.exit(64)
