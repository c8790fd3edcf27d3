# hold-suspended DIRECTORY TABLE [SERVICE...]: what suspended accounts have under way in one instance of Postfix.
#
# SERVICE: ports whose sessions end, because each was opened under the tables of before. Mail that waits and
# whose sender, or the login that handed it in, has an entry in TABLE is put on hold: nothing is deleted.
import json
import subprocess
import sys

DIRECTORY, TABLE, SERVICES = sys.argv[1], sys.argv[2], sys.argv[3:]


def postfix(*argv, given=""):
    program, *arguments = argv
    done = subprocess.run([program, "-c", DIRECTORY, *arguments], input=given, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{program}: {done.stderr.strip()}")
    return done.stdout


def end_sessions():
    """Closes their connections: an SMTP server that is killed makes its master pause the service for a minute."""
    if SERVICES:
        ports = " or ".join(f"sport = :{service}" for service in SERVICES)
        argv = ["ss", "--tcp", "--kill", "--no-header", "state", "established", f"( {ports} )"]
        subprocess.run(argv, stdout=subprocess.DEVNULL)


def entries():
    with open(TABLE) as file:
        return dict(line.split(None, 1) for line in file.read().splitlines() if line and not line.startswith("#"))


def is_held(address, table):
    """The first entry that exists decides, access(5): the address, that without its extension, the domain."""
    local, _, domain = address.lower().rpartition("@")
    for key in (f"{local}@{domain}", f"{local.partition('+')[0]}@{domain}", domain):
        if key in table:
            return table[key] != "DUNNO"
    return False


def login_of(queue_id):
    """Who handed it in; nobody where it came from another server, or is gone meanwhile."""
    argv = ["postcat", "-c", DIRECTORY, "-eq", queue_id]
    told = subprocess.run(argv, capture_output=True, text=True, errors="replace").stdout
    mark = "named_attribute: sasl_username="
    return next((line.removeprefix(mark) for line in told.splitlines() if line.startswith(mark)), "")


end_sessions()
table = entries()
if table:
    waiting = [json.loads(line) for line in postfix("postqueue", "-j").splitlines()]
    found = [
        message["queue_id"]
        for message in waiting
        if message["queue_name"] != "hold"
        and (is_held(message["sender"], table) or (SERVICES and is_held(login_of(message["queue_id"]), table)))
    ]
    if found:
        postfix("postsuper", "-h", "-", given="\n".join(found) + "\n")
