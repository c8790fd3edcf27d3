#!/usr/bin/python3
# @OWNED@
"""Keeps nftables' sets of banned addresses as the judge of logins at the mailstore has them. A judge that does not
answer changes nothing: each ban ends by its own time.
"""

import http.client
import ipaddress
import json
import subprocess
import sys
import time

JUDGE, PORT = "@JUDGE@", "@PORT@"
RULES = "@RULES@"
# Seconds between two questions, and until the kernel's sets are written again though nothing changed.
EVERY, AGAIN = 2, 10
# Most of an answer that is read, in bytes; most addresses of a set; seconds that a ban may last.
LONGEST, MOST, LONGEST_BAN = 2_000_000, 10_000, 86_400


def asked():
    """What the judge says: seconds by address, and the addresses where people log in."""
    connection = http.client.HTTPConnection(JUDGE, PORT, timeout=5)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        if answer.status != 200:
            raise ValueError(f"status {answer.status}")
        said = json.loads(answer.read(LONGEST))
    finally:
        connection.close()
    return checked(said)


def checked(said):
    """Addresses and numbers, and nothing else: it is another host that says so."""
    bans = [(ipaddress.ip_address(text), int(seconds)) for text, seconds in said["bans"].items()]
    known = [ipaddress.ip_address(text) for text in said["known"]]
    return {
        "bans": {address: min(seconds, LONGEST_BAN) for address, seconds in bans[:MOST] if seconds > 0},
        "known": known[:MOST],
    }


def elements(said):
    """The sets of both families, whole, in one transaction."""
    lines = []
    for version in (4, 6):
        banned = [f"{ip} timeout {seconds}s" for ip, seconds in said["bans"].items() if ip.version == version]
        known = [str(ip) for ip in said["known"] if ip.version == version]
        for name, members in ((f"banned{version}", banned), (f"known{version}", known)):
            lines.append(f"flush set inet postfleet_bans {name}")
            if members:
                lines.append(f"add element inet postfleet_bans {name} {{ {', '.join(members)} }}")
    return "\n".join(lines) + "\n"


def nft(*words, text=None):
    run = subprocess.run(["nft", *words], input=text, capture_output=True, text=True)
    if run.returncode:
        raise OSError(run.stderr.strip()[:300])


def enforce(said):
    """Where somebody took the table away (a restart of nftables.service does), it is made again."""
    try:
        nft("-f", "-", text=elements(said))
    except OSError:
        nft("-f", RULES)
        nft("-f", "-", text=elements(said))


def main():
    nft("-f", RULES)
    written, at, trouble = None, 0, None
    while True:
        try:
            said = asked()
            same = written is not None and all(set(said[name]) == set(written[name]) for name in said)
            if not same or time.monotonic() - at > AGAIN:
                enforce(said)
                written, at = said, time.monotonic()
            now = None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, http.client.HTTPException) as error:
            now = f"{type(error).__name__}: {error}"
        if now != trouble:
            print(f"bans stay as they are: {now}" if now else "the judge answers again", file=sys.stderr, flush=True)
            trouble = now
        time.sleep(EVERY)


main()
