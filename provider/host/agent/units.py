"""Changing units: only what must change, in the order of the manifest, and back."""
from agent.system import Refused, below, run, tail, touched
from agent.systemd import Units, unit_fact

UNIT_PLACES = ["/etc/systemd/", "/lib/systemd/", "/usr/lib/systemd/", "/run/systemd/"]


def systemctl(verb, *units):
    return run(["systemctl", verb, *units])


def unit_log(unit, lines=15):
    run(["journalctl", "--sync"], 10)
    return tail(run(["journalctl", "-u", unit, "-n", str(lines), "-q", "--no-pager", "-o", "cat"], 20)[1], lines)


def unit_facts(names):
    shown = Units.now(names)
    return {unit: unit_fact(shown.get(unit, {})) for unit in names}


def unit_conforms(spec, fact):
    if spec.get("masked"):
        return fact["masked"] and not fact["running"]
    return not fact["masked"] and fact["enabled"] in (None, spec["enabled"]) and fact["running"] == spec["running"]


def switch(unit_verbs):
    """Masks, unmasks, enables, disables: one call a verb, one reload of systemd for all. Returns the failures."""
    problems = []
    for verb, units in unit_verbs.items():
        if units:
            code, out, err = run(["systemctl", verb, "--no-reload", *units])
            if code:
                problems.append((verb, units, tail(f"{out}\n{err}")))
    if any(unit_verbs.values()):
        systemctl("daemon-reload")
    return problems


def act(unit, verb, spec, changed, done):
    """Starts, stops, reloads or restarts; a failure carries the unit's last words and the changed files it depends on."""
    done[unit] = {"start": "started", "stop": "stopped", "restart": "restarted", "reload-or-restart": "reloaded"}[verb]
    if verb in ("start", "restart"):
        systemctl("reset-failed", unit)
    code, _, err = systemctl(verb, unit)
    if code:
        log = unit_log(unit)
        concerned = [path for path in changed if touched([path], spec.get("reloadOn", []) + spec.get("restartOn", []))]
        raise Refused("ApplyFailed", f"`systemctl {verb} {unit}` failed", stage="units", unit=unit, argv=["systemctl", verb, unit],
                      output=log or tail(err), files=(concerned or changed)[:20])


def change_units(services, changed, upgraded, since, done, say):
    """Brings the units into the wanted state, in the manifest's order, touching only what must change."""
    if any(below(path, UNIT_PLACES) for path in changed):
        systemctl("daemon-reload")
    facts = unit_facts(services)
    for unit, spec in services.items():
        if spec.get("masked") and facts[unit]["running"]:
            act(unit, "stop", spec, changed, done)
    masks = {"mask": [u for u, s in services.items() if s.get("masked") and not facts[u]["masked"]],
             "unmask": [u for u, s in services.items() if not s.get("masked") and facts[u]["masked"]]}
    problems = switch(masks)
    if masks["unmask"]:
        facts |= unit_facts(masks["unmask"])
    plain = {unit: spec for unit, spec in services.items() if not spec.get("masked")}
    switches = {"enable": [u for u, s in plain.items() if s["enabled"] and facts[u]["enabled"] is False],
                "disable": [u for u, s in plain.items() if not s["enabled"] and facts[u]["enabled"]]}
    problems += switch(switches)
    for verb, units in {**masks, **switches}.items():
        done.update({unit: f"{verb}d".replace("eed", "ed").replace("kd", "ked") for unit in units})
    if problems:
        verb, units, output = problems[0]
        raise Refused("ApplyFailed", f"`systemctl {verb} {' '.join(units)}` failed", stage="units", unit=units[0], argv=["systemctl", verb, *units], output=output)
    for unit, spec in plain.items():
        verb = unit_verb(spec, facts[unit], changed, upgraded and started_before(unit, since))
        if verb:
            say("units", f"{verb} {unit}")
            act(unit, verb, spec, changed, done)


def unit_verb(spec, fact, changed, outdated):
    if not spec["running"]:
        return "stop" if fact["running"] else None
    if not fact["running"]:
        return "start"
    if outdated or touched(changed, spec["restartOn"]):
        return "restart"
    return "reload-or-restart" if touched(changed, spec["reloadOn"]) else None


def started_before(unit, since):
    """Whether a running unit is older than `since` (CLOCK_MONOTONIC seconds): it runs a program that was replaced."""
    stamp = Units.now([unit]).get(unit, {}).get("ActiveEnterTimestampMonotonic", "0")
    return int(stamp or 0) < since * 1e6


def units_back(before, services, changed, done):
    """Undoes what happened to units. `done` is None after a crash: then everything may have happened."""
    problems = []
    if done is None or any(below(path, UNIT_PLACES) for path in changed):
        systemctl("daemon-reload")
    now = unit_facts(before)
    touched_units = {unit: was for unit, was in before.items() if done is None or unit in done}
    problems += switch({"unmask": [u for u, was in touched_units.items() if now[u]["masked"] and not was["masked"]]})
    problems += switch({"mask": [u for u, was in touched_units.items() if was["masked"] and not now[u]["masked"]],
                        "enable": [u for u, was in touched_units.items() if was["enabled"] and now[u]["enabled"] is False],
                        "disable": [u for u, was in touched_units.items() if was["enabled"] is False and now[u]["enabled"] and not was["masked"]]})
    for unit, was in touched_units.items():
        spec = services.get(unit, {})
        verb = None
        if was["running"] and not now[unit]["running"]:
            systemctl("reset-failed", unit)
            verb = "start"
        elif was["running"] and (touched(changed, spec.get("restartOn", [])) or (done or {}).get(unit) == "restarted"):
            systemctl("reset-failed", unit)
            verb = "restart"
        elif was["running"] and touched(changed, spec.get("reloadOn", [])):
            verb = "reload-or-restart"
        elif not was["running"] and (now[unit]["running"] or now[unit]["active"] == "activating"):
            verb = "stop"
        if verb:
            code, _, err = systemctl(verb, unit)
            if code:
                problems.append((verb, [unit], tail(err)))
        if not was["running"] and not was["failed"]:
            systemctl("reset-failed", unit)
    return [f"systemctl {verb} {' '.join(units)}: {text}" for verb, units, text in problems]
