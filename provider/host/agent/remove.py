"""remove: a role leaves the host."""
import errno
import os

from agent.ahead import NOTE
from agent.apply import dropped_units, refuse_unfinished
from agent.claims import others_than, path_claims, previous, read_records
from agent.facts import file_state, sysctl_file
from agent.originals import drop_originals, original_data, put, read_originals
from agent.packages import remove_packages
from agent.paths import remove_directory, unlink
from agent.rollback import recover
from agent.running import Exclusive
from agent.system import (
    JOURNAL,
    ORIGINAL,
    RESULTS,
    ROLES,
    Refused,
    STATE,
    at,
    below,
    read_json,
    remove_quietly,
    tail,
    touched,
)
from agent.undo import Noting
from agent.units import UNIT_PLACES, systemctl, unit_facts
from agent.work import set_sysctl, stop_for_good


def remove(request, say):
    """Takes a role off the host. Data (keep), users, and whatever another role claims stay."""
    role = request["role"]
    with Exclusive(role, "removal", request, say):
        recover(say, role)
        refuse_unfinished(role)
        record = read_records().get(role) or previous(request)
        return remove_locked(role, record, request.get("keep", []), others_than(role), say)


def remove_locked(role, record, keep, others, say):
    done, problems, changed, restored, kept = {}, [], [], [], []
    claimed = {path for other in others.values() for path in path_claims(other)}
    for unit in [*dropped_units({}, record, others), *own_units(record, claimed)]:
        try:
            stop_for_good(unit, record.get("services", {}).get(unit, {}), done, say)
        except Refused as refused:
            problems.append(f"{refused}: {refused.details.get('output', '')}")
    keep = [*keep, *record.get("keep", []), *(path for other in others.values() for path in other.get("keep", []))]
    originals = read_originals()
    stuck = []
    for path in sorted({*record.get("files", {}), *record.get("links", {}), sysctl_file(role)}):
        with Noting(stuck, path):
            state = file_state(path)
            if state["kind"] not in ("file", "link"):
                continue
            if path in claimed or below(path, keep):
                kept.append(path)
            elif path in originals:
                put(path, originals[path], original_data(path) if originals[path]["kind"] == "file" else b"")
                restored.append(path)
            else:
                unlink(path)
                changed.append(path)
    if stuck:  # the record and the originals stay: the removal can be repeated
        raise Refused("ApplyFailed", "files of the role could not be taken away: " + "; ".join(stuck), stage="remove", rolledBack=False, files=[*changed, *restored][:20])
    drop_originals(restored)
    for key, value in record.get("sysctlBefore", {}).items():
        if value is not None and not any(key in other.get("sysctl", {}) for other in others.values()):
            try:
                set_sysctl({key: value})
            except Refused as refused:
                problems.append(str(refused))
    if any(below(path, UNIT_PLACES) for path in [*changed, *restored]):
        systemctl("daemon-reload")
    for unit, spec in record.get("services", {}).items():  # units shared with other roles take notice
        if unit not in done and touched([*changed, *restored], spec["reloadOn"] + spec["restartOn"]) and unit_facts([unit])[unit]["running"]:
            code, _, err = systemctl("restart" if touched([*changed, *restored], spec["restartOn"]) else "reload-or-restart", unit)
            problems += [f"{unit}: {tail(err)}"] if code else []
    say("packages", "removing what nobody else needs")
    # What an earlier role had installed ahead was for this one: that claim ends here.
    packages = remove_packages([*record.get("packages", {}), *record.get("packagesAhead", [])], others, claims=("packages",))
    for path in sorted({*record.get("made", [])}, reverse=True):
        if path in claimed or below(path, keep):
            continue
        try:
            remove_directory(path)
            changed.append(path)
        except (OSError, Refused) as error:
            kept += [path] if getattr(error, "errno", errno.ENOTEMPTY) == errno.ENOTEMPTY else []
    remove_quietly(at(f"{ROLES}/{role}.json"))
    remove_quietly(at(f"{RESULTS}/{role}.json"))
    if not others:
        tidy_state()
    return {"services": done, "removed": changed, "restored": restored, "kept": kept, "packages": packages, "warnings": problems}


def own_units(record, claimed):
    """Units that are files of the role and that something else starts, as a timer does. None of them is left behind as failed."""
    units = [os.path.basename(path) for path in record.get("files", {})
             if os.path.dirname(path) == "/etc/systemd/system" and path not in claimed]
    return [unit for unit in units if unit not in record.get("services", {}) and "@." not in unit]


def tidy_state():
    """After the last role nothing of ours stays, unless it still means something."""
    known = read_json(at(f"{STATE}/packages.json"), {"installed": [], "pulled": []})
    if not known["installed"]:
        remove_quietly(at(f"{STATE}/packages.json"))
    if not read_originals():
        remove_quietly(at(f"{ORIGINAL}/index.json"))
    remove_quietly(at(NOTE))
    remove_quietly(at(f"{STATE}/apt-updated"))
    for place in (ROLES, JOURNAL, ORIGINAL, RESULTS, STATE):
        try:
            os.rmdir(at(place))
        except OSError:
            pass
