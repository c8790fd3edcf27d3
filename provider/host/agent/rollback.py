"""The way back: after a failure, and after a crash."""
from agent.claims import read_records
from agent.facts import sysctl_live
from agent.packages import tidy_policy
from agent.running import being_changed, store_result
from agent.system import JOURNAL, Refused, at, list_directory, run, tail, touched
from agent.transaction import Transaction
from agent.units import units_back
from agent.work import set_sysctl


def roll_back(change, done, record, commands):
    """Files, then what was made from them, kernel settings, units. Returns what did not work, in words."""
    problems = change.undo() if change.journal["state"] == "swapping" or change.journal["entries"] or change.journal["directories"] else []
    old_commands = [command["argv"] for command in record.get("prepare", [])]
    for argv in commands:
        if argv in old_commands:
            code, out, err = run(argv)
            if code:
                problems.append(f"`{' '.join(argv)}`: {tail(f'{out}{err}', 5)}")
    for key, value in change.journal["sysctl"].items():
        try:
            if value is not None and sysctl_live(key) != value:
                set_sysctl({key: value})
        except Refused as refused:
            problems.append(str(refused))
    return problems + units_back(change.journal["units"], {**record.get("services", {}), **change.journal["services"]}, change.changed, done)


def recover(say, own=None):
    """
    Undoes every apply whose process died in the middle (power loss, kill -9). The caller holds the lock of the host, and
    that of the role `own`. Those that wait for their probes hold the lock of their role.
    """
    tidy_policy()
    for role in list_directory(at(JOURNAL)):
        if role != own and being_changed(role):
            continue
        change = Transaction.interrupted(role)
        if change is None:
            continue
        say("recover", f"role {role}: an interrupted apply is rolled back")
        record = read_records().get(role, {})
        commands = [command["argv"] for command in record.get("prepare", []) if not command["onChange"] or touched(change.changed, command["onChange"])]
        problems = roll_back(change, None, record, commands if change.journal["state"] == "swapping" else [])
        store_result(role, change.journal["id"], {"interrupted": True, "files": change.changed, "problems": problems})
        change.commit()
