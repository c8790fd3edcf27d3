#!/usr/bin/python3
# @OWNED@
"""Usage: postfleet-bans list [--json] | lift ADDRESS

list: addresses whose logins are refused everywhere on this site. lift: ends such a ban at once.
Exit status: 0 done; 1 the address was not banned; 2 wrong usage, or the judge of logins does not answer.
"""

import json
import socket
import sys
import time

CONTROL = "@CONTROL@"


def ask(question):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(CONTROL)
        connection.sendall(json.dumps(question).encode() + b"\n")
        return json.loads(connection.makefile().readline())


def fail(words):
    print(words, file=sys.stderr)
    sys.exit(2)


def line(ban):
    until = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(ban["until"]))
    return f"{ban['address']}  until {until}  {ban['why']}; ban {ban['times']}"


def main(words):
    options = {"--json"} & set(words)
    words = [word for word in words if word not in options]
    if not (words == ["list"] or words[:1] == ["lift"] and len(words) == 2):
        fail(__doc__)
    try:
        answer = ask({} if words[0] == "list" else {"lift": words[1]})
    except (OSError, ValueError) as error:
        fail(f"the judge of logins does not answer ({error})\nhint: systemctl status postfleet-judge")
    if "error" in answer:
        hint = "postfleet-bans list shows those that are banned"
        fail(f"{answer['error']}\nallowed: an IPv4 or IPv6 address\nhint: {hint}")
    if options:
        print(json.dumps(answer, indent=2))
    elif words[0] == "list":
        print("\n".join(map(line, answer["bans"])) or "no address is banned")
    else:
        print(f"{answer['address']} {'is free again' if answer['lifted'] else 'was not banned'}")
    sys.exit(0 if answer.get("lifted", True) else 1)


main(sys.argv[1:])
