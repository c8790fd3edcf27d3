"""The host agent: one Python process that observes a host and changes it in transactions.

Its modules are fed to it on stdin (agent-source.ts; nothing is installed). Then it reads one JSON request a line and answers one JSON line each:
  {"id": 1, "op": "observe", ...}  ->  {"id": 1, "progress": {...}} and {"id": 1, "alive": true} any number of times, then  {"id": 1, "result": {...}} or {"id": 1, "error": {...}}

Standard library only, and of that only what Debian's python3-minimal carries: no http, shutil, ctypes, asyncio, queue.

What it keeps on the host, all of it root's alone:
  /var/lib/postfleet/roles/<role>.json    what every applied role claims (hashes, never contents)
  /var/lib/postfleet/original/            files that were there before a role owned them, put back when it goes
  /var/lib/postfleet/journal/<role>/      an apply in progress: how to undo it; left over only by a crash
  /var/lib/postfleet/results/<role>.json  how an apply ended that nobody was there to hear of
  /var/lib/postfleet/packages.json        packages that were not there before Postfleet installed them
  /var/lib/postfleet/ahead.json           what packages installed ahead had enabled, until their role is applied
  /var/lib/postfleet/verified.json        checksums of packages' files that were reckoned already
  /run/postfleet/                         the lock of the host and the running applies
"""
import json
import os
import re
import select
import time

from agent.apply import apply
from agent.detach import detach
from agent.observe import observe, settle
from agent.recorded import recorded
from agent.remove import remove
from agent.running import running_applies
from agent.system import Later, RESULTS, ROOT, Refused, at, read_json, remove_quietly
from agent.systemd import Units


def attach(request):
    """The result of an apply whose client lost its connection."""
    if request["applyId"] in running_applies():
        raise Later()
    settle(request["role"])
    found = read_json(at(f"{RESULTS}/{request['role']}.json"))
    return found if found and found["id"] == request["applyId"] else None


def acknowledge(request):
    found = read_json(at(f"{RESULTS}/{request['role']}.json"))
    if found and found["id"] == request["applyId"]:
        remove_quietly(at(f"{RESULTS}/{request['role']}.json"))
    return None


NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # of a role, and of an apply: they become names of files


def request_of(line):
    """A line as a request that can be answered: an object with an id, an operation that there is, and names that are names."""
    number = None

    def no(what):
        return Refused("AgentFailed", f"this is no request: {what}", id=number)

    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise no(f"{type(error).__name__}: {error}") from error
    if not isinstance(request, dict):
        raise no(f"an object is wanted, and it is a {type(request).__name__}")
    number = request.get("id") if type(request.get("id")) is int else None
    if number is None:
        raise no("its id is no whole number")
    operations = (*Server.AT_ONCE, *Server.DETACHED)
    if request.get("op") not in operations:
        raise no(f"there is no operation {request.get('op')!r:.100}; operations are {', '.join(operations)}")
    manifest = request.get("manifest", {})
    names = {"role": request.get("role"), "applyId": request.get("applyId")}
    if isinstance(manifest, dict) and "role" in manifest:
        names["manifest.role"] = manifest["role"]
    for field, name in names.items():
        if name is not None and not (isinstance(name, str) and len(name) <= 200 and NAME.fullmatch(name)):
            raise no(f"{field} is {name!r:.100}; letters, digits, '.', '_' and '-' are allowed")
    return request


class Server:
    """Requests from stdin, answers to stdout, for as long as the connection lives."""

    AT_ONCE = {"observe": observe, "attach": attach, "acknowledge": acknowledge, "recorded": recorded}
    DETACHED = {"apply": apply, "remove": remove}
    PATIENCE = 1800
    ALIVE = 15  # seconds between two words on what is worked on: who hears nothing for longer gives up

    def __init__(self):
        self.pipes, self.waiting, self.input, self.told = {}, [], b"", time.monotonic()

    def reply(self, number, message):
        data = memoryview(json.dumps({"id": number, **message}, separators=(",", ":")).encode() + b"\n")
        while data:
            data = data[os.write(1, data):]

    def serve(self):
        if os.geteuid() == 0 or ROOT:
            Units.ahead()
        poller = select.poll()
        poller.register(0, select.POLLIN | select.POLLHUP)
        while True:
            for fd, _ in poller.poll(200 if self.waiting else self.ALIVE * 1000 if self.pipes else None):
                if fd == 0:
                    data = os.read(0, 1 << 20)
                    if not data:
                        return
                    *lines, self.input = (self.input + data).split(b"\n")
                    for line in lines:
                        started = self.ask(line)
                        if started is not None:
                            poller.register(started, select.POLLIN | select.POLLHUP)
                elif self.forward(fd):
                    poller.unregister(fd)
                    os.close(fd)
            waiting, self.waiting = self.waiting, []
            for request, since in waiting:
                self.handle(request, since)
            self.live()

    def ask(self, line):
        """Takes one line; what is no request is answered, not died of."""
        try:
            request = request_of(line)
        except Refused as refused:
            self.reply(refused.details.pop("id"), {"error": refused.as_json()})
            return None
        return self.handle(request, time.monotonic())

    def live(self):
        """Tells of everything that is not answered yet."""
        if time.monotonic() - self.told < self.ALIVE:
            return
        self.told = time.monotonic()
        unanswered = [number for number, _, answered in self.pipes.values() if not answered]
        for number in [*unanswered, *(request["id"] for request, _ in self.waiting)]:
            self.reply(number, {"alive": True})

    def handle(self, request, since):
        number, operation = request["id"], request["op"]
        try:
            if operation in self.DETACHED:
                fd = detach(request, self.DETACHED[operation])
                self.pipes[fd] = [number, b"", False]
                return fd
            self.reply(number, {"result": self.AT_ONCE[operation](request)})
        except Later:
            if time.monotonic() - since > self.PATIENCE:
                self.reply(number, {"error": {"kind": "HostBusy", "message": "an apply of this role is still running", "details": {}}})
            else:
                self.waiting.append((request, since))
        except Refused as refused:
            self.reply(number, {"error": refused.as_json()})
        except BrokenPipeError:
            raise
        except Exception as error:
            import traceback
            self.reply(number, {"error": {"kind": "AgentFailed", "message": f"{type(error).__name__}: {error}", "details": {"output": traceback.format_exc()[-3000:]}}})
        return None

    def forward(self, fd):
        """Passes on what a detached apply says; True at its end."""
        number, rest, answered = self.pipes[fd]
        data = os.read(fd, 1 << 16)
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            answered = answered or "progress" not in message
            self.reply(number, message)
        self.pipes[fd] = [number, rest, answered]
        if data:
            return False
        if not answered:
            self.reply(number, {"error": {"kind": "Interrupted", "message": "the apply was killed; the next observation rolls it back", "details": {}}})
        Units.forget()
        del self.pipes[fd]
        return True


def main():
    os.umask(0o022)
    try:
        Server().serve()
    except (BrokenPipeError, KeyboardInterrupt):
        pass
