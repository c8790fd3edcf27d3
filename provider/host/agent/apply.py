"""apply: the host becomes what one role wants, or stays as it was."""
import errno
import os
import time

from agent.ahead import hand_over
from agent.claims import check_claims, check_paths, others_than, previous, read_records, record_of
from agent.facts import sysctl_live
from agent.health import check_health
from agent.journal import unfinished
from agent.packages import install_packages, remove_packages
from agent.rollback import recover, roll_back
from agent.running import Exclusive
from agent.system import JOURNAL, ORIGINAL, RESULTS, ROLES, Refused, STATE, at, remove_quietly, write_json
from agent.transaction import Transaction
from agent.units import unit_conforms, unit_facts
from agent.users import make_users
from agent.work import Stages, Work


def apply(request, say):
    """Brings the host to what one role wants; all or nothing from the first file on (packages, users stay)."""
    manifest, role = request["manifest"], request["manifest"]["role"]
    check_paths(manifest)
    with Exclusive(role, "apply", request, say) as host:
        recover(say, role)
        refuse_unfinished(role)
        remove_quietly(at(f"{RESULTS}/{role}.json"))
        records, others = read_records(), others_than(role)
        record = records.get(role) or previous(request)
        check_claims(record_of(manifest), record, others)
        return apply_locked(manifest, record, role in records, others, request["applyId"], host, say)


def apply_locked(manifest, record, applied, others, apply_id, host, say):
    role, since, clock = manifest["role"], time.monotonic(), Stages()
    for place in (STATE, ROLES, JOURNAL, ORIGINAL, RESULTS):
        os.makedirs(at(place), mode=0o755 if place == STATE else 0o700, exist_ok=True)
    packages = install_packages(manifest, others, say)
    clock.end("packages")
    users = make_users(manifest["users"], say)
    change = Transaction(manifest, apply_id)
    change.plan(manifest, record, others)
    dropped = dropped_units(manifest["services"], record, others)
    change.journal["units"] = unit_facts([*manifest["services"], *dropped])
    change.journal["sysctl"] = {key: sysctl_live(key) for key, value in manifest["sysctl"].items() if sysctl_live(key) != " ".join(value.split())}
    upgraded = [name for name in packages["upgraded"] if name in manifest["packages"]]
    work = Work(manifest, change, {**packages, "upgraded": upgraded}, users, since)
    busy = not change.empty or dropped or upgraded or change.journal["sysctl"] or work.commands_due() \
        or any(not unit_conforms(spec, change.journal["units"][unit]) for unit, spec in manifest["services"].items())
    if busy:
        if change.changed:
            say("files", f"{len(change.changed)} to change")
        change.stage()
    clock.end("stage")
    dropped_packages = [name for name in record.get("packages", {}) if name not in manifest["packages"]]
    try:
        if busy:
            work.make_it_so(record, dropped, clock, say)
            # Other roles go on while this one shows that it works.
            host.lent(lambda: check_health(manifest, work.done, work.acted, change.changed, say))
        else:
            check_health(manifest, work.done, work.acted, change.changed, say)
        clock.end("health")
        new = {**record_of(manifest), "made": sorted({*record.get("made", []), *(d["path"] for d in change.journal["directories"] if d["before"]["kind"] == "absent")}),
               "sysctlBefore": {**change.journal["sysctl"], **record.get("sysctlBefore", {})}}
        if busy:
            change.succeeded(new)
        elif not applied or new != record:
            write_json(at(f"{ROLES}/{role}.json"), new)
    except Exception as error:
        say("rollback", str(error))
        failure = error if isinstance(error, Refused) else Refused("DiskFull" if getattr(error, "errno", 0) == errno.ENOSPC else "ApplyFailed", str(error), stage="apply")
        problems = roll_back(change, work.done, record, work.commands_run) if busy else []
        failure.details |= {"rolledBack": not problems, "rollbackProblems": problems, "files": failure.details.get("files") or change.changed[:20]}
        raise failure from error
    warnings = []
    try:
        if busy:
            change.note()
    except OSError as error:
        warnings.append(f"the apply holds, but noting it failed, which is tried again at the next observation: {error}")
    hand_over(manifest)
    try:
        removed = remove_packages(dropped_packages, others_than(role)) if dropped_packages else []
    except Refused as refused:
        removed = []
        warnings.append(f"{refused}: {refused.details.get('output', '')}")
    return {"changed": bool(busy or packages["installed"] or users or removed), "packages": {**packages, "removed": removed}, "users": users,
            "paths": change.changed, "sysctl": sorted(change.journal["sysctl"]), "commands": work.commands_run, "services": work.done,
            "warnings": warnings, "seconds": clock.seconds}


def refuse_unfinished(role):
    """While an earlier apply is only half undone, its journal may name the only copy of a file: nothing new begins."""
    problems = unfinished(role)
    if problems:
        raise Refused("RollbackUnfinished", "an earlier apply could not be undone to its end: " + "; ".join(problems), stage="plan", rolledBack=False, rollbackProblems=problems)


def dropped_units(services, record, others):
    claimed = {unit for other in others.values() for unit in other.get("services", {})}
    return [unit for unit in record.get("services", {}) if unit not in services and unit not in claimed]
