"""What an apply does once its files are staged."""
import os
import time

from agent.facts import sysctl_path
from agent.system import ROOT, Refused, at, run, tail, touched
from agent.units import act, change_units, switch, systemctl, unit_facts


class Stages:
    """How long each stage took, for the result."""

    def __init__(self):
        self.last, self.seconds = time.monotonic(), {}

    def end(self, stage):
        now = time.monotonic()
        self.seconds[stage], self.last = round(now - self.last, 3), now


class Work:
    """What an apply does once its files are staged, and a note of what it did, for the way back."""

    def __init__(self, manifest, change, packages, users, since):
        self.manifest, self.change, self.packages, self.since = manifest, change, packages, since
        self.anything = bool(change.changed or users or packages["installed"] or packages["upgraded"])
        self.done, self.commands_run, self.acted = {}, [], 0.0

    def commands_due(self):
        return [command for command in self.manifest["prepare"]
                if (not command["onChange"] and self.anything) or touched(self.change.changed, command["onChange"])
                or (command.get("creates") and not os.path.lexists(at(command["creates"])))]

    def make_it_so(self, record, dropped, clock, say):
        manifest, changed = self.manifest, self.change.changed
        for unit in dropped:
            stop_for_good(unit, record["services"][unit], self.done, say)
        self.change.swap()
        for command in self.commands_due():
            say("prepare", " ".join(command["argv"]))
            self.commands_run.append(command["argv"])
            self.command(command["argv"], "prepare")
        clock.end("prepare")
        set_sysctl({key: manifest["sysctl"][key] for key in self.change.journal["sysctl"]})
        if self.anything:
            for validator in manifest["validate"]:
                self.command(validator["argv"], "validate", validator.get("stderrFails") or False)
        clock.end("validate")
        change_units(manifest["services"], changed, self.packages["upgraded"], self.since, self.done, say)
        self.acted = time.monotonic()
        clock.end("units")

    def command(self, argv, stage, stderr_fails=False):
        code, out, err = run(argv)
        if code or (stderr_fails and err.strip()):
            output = tail(f"{out}\n{err}")
            named = [path for path in self.change.changed if path in output]
            how = f"exit code {code}" if code else "it wrote to standard error"
            raise Refused("ApplyFailed", f"{stage}: `{' '.join(argv)}` failed ({how})", stage=stage, argv=argv, output=output,
                          path=named[0] if named else None, files=(named or self.change.changed)[:20])


def set_sysctl(settings):
    for key, value in settings.items():
        try:
            with open(sysctl_path(key), "w", encoding="ascii") as file:
                file.write(value)
        except OSError as error:
            raise Refused("ApplyFailed", f"setting {key} to {value!r} failed: {error}", stage="sysctl", path=sysctl_path(key).removeprefix(ROOT)) from error


def stop_for_good(unit, spec, done, say):
    """A unit that nobody claims any more: stopped and disabled; a mask is taken off."""
    fact = unit_facts([unit])[unit]
    if spec.get("masked"):
        if fact["masked"]:
            switch({"unmask": [unit]})
            done[unit] = "unmasked"
        return
    if fact["running"] or fact["active"] == "activating":
        say("units", f"stop {unit}")
        act(unit, "stop", spec, [], done)
    if fact["enabled"]:
        switch({"disable": [unit]})
        done.setdefault(unit, "disabled")
    # A daemon that had to be killed counts as failed, and systemd would list it for ever.
    systemctl("reset-failed", unit)
