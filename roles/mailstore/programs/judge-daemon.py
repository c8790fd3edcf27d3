#!/usr/bin/python3
# @OWNED@
"""The judge of logins. Dovecot asks it before it looks at a password, and tells it what came of it (auth policy
server); hosts with logins fetch the bans from it; the operator asks and lifts by a socket that is root's.
"""

import contextlib
import http.server
import ipaddress
import json
import os
import signal
import socket
import socketserver
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, "@LIBRARY@")
from judge import Judge, place_of  # noqa: E402

POLICY_PORT, LIST_PORT = "@POLICY_PORT@", "@LIST_PORT@"
STATE = "@STATE@"
CONTROL = "@CONTROL@"
ALLOWED = "@ALLOWED@"
# Seconds between two writings of the state, and between two looks for what is out of date in it.
KEEP_EVERY, TIDY_EVERY = 10, 3600
# Bytes of a request; what Dovecot sends is shorter than 2000.
LONGEST = 65536
# Most addresses of which the list says that somebody logged in there.
MOST_KNOWN = 10_000


class Court:
    """The judge, one question at a time, and its memory on disk."""

    def __init__(self):
        self.lock = threading.Lock()
        self.judge = Judge(ALLOWED, kept())
        self.changed = False
        self.tidied = 0

    def allow(self, asked):
        with self.lock:
            why = self.judge.refusal(asked["login"], asked["remote"], time.time())
        if why is None:
            return {"status": 0, "msg": ""}
        say(f"refused {asked['login']!r} from {asked['remote']}: {why}")
        return {"status": -1, "msg": "Too many wrong passwords, try again later"}

    def report(self, told):
        # A refusal is our own; an account that is closed, or a failure of Dovecot, says nothing of the password. No
        # type is told where the file of accounts is whole and nobody in it has that password (auth.conf).
        if not told["success"] and (told["policy_reject"] or told["fail_type"] not in ("credentials", "account", "")):
            return {"status": 0, "msg": ""}
        with self.lock:
            ban = self.judge.outcome(told["login"], told["remote"], told["pwhash"], told["success"], time.time())
            self.changed = True
        if ban is not None:
            say(f"banned {told['remote']}: {ban}")
        return {"status": 0, "msg": ""}

    def list(self, local):
        """What followers need: addresses and seconds, and nobody's name. Where people log in stays on this host."""
        now = time.time()
        with self.lock:
            judge = self.judge
            bans = {place: round(ban["until"] - now) + 1 for place, ban in judge.current(now).items()}
            known = [place for place in reversed(judge.known) if judge.known_accounts(place, now)][:MOST_KNOWN]
        return {"bans": bans, "known": known if local else []}

    def detailed(self):
        now = time.time()
        with self.lock:
            bans = self.judge.current(now)
            return [{"address": place, **ban, "left": round(ban["until"] - now)} for place, ban in bans.items()]

    def lift(self, address):
        place = place_of(address)
        if place is None:
            return {"error": f"{address!r} is no address"}
        with self.lock:
            lifted = self.judge.lift(place, time.time())
            self.changed = True
        if lifted:
            say(f"lifted the ban of {place}")
        return {"address": place, "lifted": lifted}

    def keep(self):
        with self.lock:
            if time.time() - self.tidied > TIDY_EVERY:
                self.judge.forget(time.time())
                self.tidied = time.time()
            text = json.dumps(self.judge.state())
            self.changed = False
        with open(f"{STATE}.new", "w") as file:
            file.write(text)
        os.replace(f"{STATE}.new", STATE)


def kept():
    try:
        with open(STATE) as file:
            state = json.load(file)
        Judge(ALLOWED, state).refusal("", "203.0.113.1", time.time())
        return state
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
        say(f"{STATE} cannot be read, so it begins anew: {error}; the file is kept as {STATE}.bad")
        with contextlib.suppress(OSError):
            os.replace(STATE, f"{STATE}.bad")
        return None


def say(words):
    print(words, flush=True)


class Answering(http.server.BaseHTTPRequestHandler):
    """HTTP with connections that stay open, an answer in one packet, and no word in the log."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60

    def log_message(self, *_):
        pass

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


class Policy(Answering):
    def do_POST(self):
        acts = {"/?command=allow": court.allow, "/?command=report": court.report}
        size = self.headers.get("Content-Length", "")
        if self.path not in acts or not size.isdigit() or int(size) > LONGEST:
            self.close_connection = True
            return self.answer(400, {"status": 0, "msg": ""})
        try:
            self.answer(200, acts[self.path](json.loads(self.rfile.read(int(size)))))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            say(f"a question that is none: {type(error).__name__}")
            self.answer(400, {"status": 0, "msg": ""})


class List(Answering):
    def do_GET(self):
        self.answer(200, court.list(ipaddress.ip_address(self.client_address[0]).is_loopback))


class Control(socketserver.StreamRequestHandler):
    """One line of JSON, one answer: {"lift": ADDRESS}, or {} for the list."""

    timeout = 10

    def handle(self):
        try:
            asked = json.loads(self.rfile.readline(LONGEST))
            answer = court.lift(str(asked["lift"])) if "lift" in asked else {"bans": court.detailed()}
        except (ValueError, TypeError) as error:
            answer = {"error": f"that is no question: {error}"}
        self.wfile.write(json.dumps(answer).encode() + b"\n")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class ServerOfBoth(Server):
    """IPv6, and IPv4 by it; IPv4 alone where the kernel has no IPv6."""

    address_family = socket.AF_INET6

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


def list_server():
    try:
        return ServerOfBoth(("::", LIST_PORT), List)
    except OSError:
        return Server(("0.0.0.0", LIST_PORT), List)


class ControlServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


def main():
    with contextlib.suppress(FileNotFoundError):
        os.unlink(CONTROL)
    servers = [Server(("127.0.0.1", POLICY_PORT), Policy), list_server(), ControlServer(CONTROL, Control)]
    os.chmod(CONTROL, 0o600)
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    say(f"judges logins; {len(court.judge.current(time.time()))} addresses are banned")
    while not over.wait(KEEP_EVERY):
        if court.changed:
            try:
                court.keep()
            except OSError as error:
                say(f"{STATE} cannot be written: {error}")
    court.keep()


court = Court()
main()
