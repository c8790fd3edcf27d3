"""The way back: after a failure, and after a crash."""
from agent.claims import claimed_meanwhile, read_records
from agent.facts import sysctl_live
from agent.packages import tidy_policy
from agent.running import being_changed, store_result
from agent.system import JOURNAL, Refused, at, list_directory, run, tail, touched
from agent.transaction import Transaction
from agent.undo import undo
from agent.units import units_back
from agent.work import set_sysctl


def roll_back(change, done, record, commands):
    """Files, then what was made from them, kernel settings, units; then the journal ends. Returns what did not work, in words.

    Where a file could not be put back, the rest waits for it and the journal stays: no unit is restarted on a mixture.
    """
    problems = undo(change)
    if problems:
        change.unfinished(problems)
        return problems
    journal, theirs = change.journal, claimed_meanwhile(change.journal)
    old_commands = [command["argv"] for command in record.get("prepare", [])]
    for argv in commands:
        if argv in old_commands:
            code, out, err = run(argv)
            if code:
                problems.append(f"`{' '.join(argv)}`: {tail(f'{out}{err}', 5)}")
    for key, value in journal["sysctl"].items():
        try:
            if value is not None and f"sysctl {key}" not in theirs and sysctl_live(key) != value:
                set_sysctl({key: value})
        except Refused as refused:
            problems.append(str(refused))
    before = {unit: as_wanted_by(theirs.get(f"unit {unit}"), unit, fact) for unit, fact in journal["units"].items()}
    problems += units_back(before, {**record.get("services", {}), **journal["services"]}, change.changed, done)
    change.undone()
    return problems


def as_wanted_by(other, unit, fact):
    """How a unit was before or, where another role has claimed it since, as that one wants it."""
    spec = other["services"][unit] if other else None
    return {**fact, "running": spec["running"], "enabled": spec["enabled"], "masked": bool(spec.get("masked"))} if spec else fact


def recover(say, own=None):
    """
    Undoes every apply whose process died in the middle (power loss, kill -9), and goes on with ways back that could not
    be finished. The caller holds the lock of the host, and that of the role `own`. Those that wait for their probes hold
    the lock of their role.
    """
    tidy_policy()
    for role in list_directory(at(JOURNAL)):
        if role != own and being_changed(role):
            continue
        try:
            change = Transaction.left_behind(role)
        except (OSError, Refused):
            continue  # told by `unfinished`
        if change is None:
            continue
        again = "problems" in change.journal
        say("recover", f"role {role}: {'putting back the rest of an earlier' if again else 'an interrupted'} apply{'' if again else ' is rolled back'}")
        record = read_records().get(role, {})
        commands = [command["argv"] for command in record.get("prepare", []) if not command["onChange"] or touched(change.changed, command["onChange"])]
        problems = roll_back(change, None, record, commands if change.journal["state"] == "swapping" else [])
        if not again:
            store_result(role, change.journal["id"], {"interrupted": True, "files": change.changed, "problems": problems})
