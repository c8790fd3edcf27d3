"""Facts of systemd units: one question for the units of all roles."""
import subprocess
import time

from agent.claims import read_records
from agent.system import ENVIRONMENT


class Units:
    """Facts of systemd units. One `systemctl show` asks for the units of all roles at once and serves for a moment."""

    PROPERTIES = ("LoadState", "ActiveState", "SubState", "UnitFileState", "Result", "Type", "NRestarts", "MainPID",
                  "NeedDaemonReload", "ActiveEnterTimestampMonotonic")
    SECONDS = 2
    cache, taken, started = {}, 0.0, None

    @classmethod
    def ask(cls, names):
        """Starts the question without waiting for the answer."""
        names = sorted(names)
        argv = ["systemctl", "show", "--property=" + ",".join(cls.PROPERTIES), "--", *names]
        try:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
        except FileNotFoundError:
            return names, None
        return names, process

    @classmethod
    def answer(cls, question):
        names, process = question
        if process is None or not names:
            return {}
        blocks = process.communicate()[0].decode(errors="replace").strip("\n").split("\n\n")
        if len(blocks) != len(names):  # one invalid name spoils the whole answer
            return {} if len(names) == 1 else {k: v for name in names for k, v in cls.answer(cls.ask([name])).items()}
        return {name: dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for name, block in zip(names, blocks, strict=True)}

    @classmethod
    def ahead(cls):
        """Asks for the units of all roles while the client is still sending its first request."""
        names = known_units()
        if names:
            cls.started, cls.taken = cls.ask(names), time.monotonic()

    @classmethod
    def show(cls, names):
        """Raw properties of the named units, as they are now or a moment ago."""
        if cls.started is not None:
            cls.cache, cls.started = cls.answer(cls.started), None
        if time.monotonic() - cls.taken > cls.SECONDS:
            cls.cache, cls.taken = {}, time.monotonic()
            asked = known_units() | {*names}
        else:
            asked = {name for name in names if name not in cls.cache}
        if asked:
            cls.cache |= cls.answer(cls.ask(asked))
        return {name: cls.cache.get(name, {}) for name in names}

    @classmethod
    def now(cls, names):
        return cls.answer(cls.ask(names)) if names else {}

    @classmethod
    def forget(cls):
        cls.cache, cls.taken, cls.started = {}, 0.0, None


def known_units():
    return {unit for record in read_records().values() for unit in record.get("services", {})}


def unit_fact(shown):
    load, file_state_, active, sub = (shown.get(k, "") for k in ("LoadState", "UnitFileState", "ActiveState", "SubState"))
    switchable = {"enabled": True, "enabled-runtime": True, "linked": True, "linked-runtime": True, "alias": True, "disabled": False,
                  "masked": False, "masked-runtime": False, "": False}
    return {
        "load": load or "not-found",
        "enabled": switchable.get(file_state_),  # None: static, generated, indirect; there is nothing to switch
        "masked": load == "masked" or file_state_.startswith("masked"),
        "running": active in ("active", "reloading", "refreshing") or (active == "activating" and sub != "auto-restart"),
        "active": active, "sub": sub, "failed": active == "failed", "result": shown.get("Result", ""),
    }
