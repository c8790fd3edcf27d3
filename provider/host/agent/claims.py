"""What roles claim on this host, and what contradicts it."""
import hashlib
import os
import re

from agent.system import JOURNAL, ORIGINAL, RESULTS, ROLES, RUN, Refused, STATE, at, below, list_directory, read_json


def read_records():
    """What every applied role claims, by role."""
    names = [name for name in list_directory(at(ROLES)) if name.endswith(".json")]
    return {name[:-5]: read_json(at(f"{ROLES}/{name}"), {}) for name in names}


def others_than(role):
    """Claims of all other roles: of those applied, and of those that are only waiting for their probes (see recover)."""
    journals = {name: read_json(at(f"{JOURNAL}/{name}/journal.json")) for name in list_directory(at(JOURNAL))}
    changing = {name: journal["claims"] for name, journal in journals.items() if journal}
    return {name: record for name, record in {**read_records(), **changing}.items() if name != role}


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def record_of(manifest):
    """The claims of a manifest: its paths with hashes, packages, units, and what is needed to undo them."""
    files = {path: {"sha256": digest(spec["content"]), "mode": f"{int(spec['mode'], 8):04o}", "owner": spec["owner"], "group": spec["group"]}
             for path, spec in {**manifest["files"], **manifest["secretFiles"]}.items()}
    keys = ("packages", "packagesAhead", "users", "directories", "links", "removed", "sysctl", "services", "keep", "allowed", "prepare", "validate", "health")
    return {"role": manifest["role"], "files": files, "secret": [*manifest["secretFiles"]], **{key: manifest[key] for key in keys}}


def path_claims(record):
    claims = {path: ("file", spec) for path, spec in record.get("files", {}).items()}
    claims |= {path: ("link", target) for path, target in record.get("links", {}).items()}
    claims |= {path: ("directory", spec) for path, spec in record.get("directories", {}).items()}
    claims |= {path: ("removal", why) for path, why in record.get("removed", {}).items()}
    return claims


def other_claims(record):
    """Claims on things without a path, in a form that compares."""
    claims = {f"package {name}": version for name, version in record.get("packages", {}).items() if version != "present"}
    claims |= {f"user {name}": {k: v for k, v in spec.items() if k != "groups"} for name, spec in record.get("users", {}).items()}
    claims |= {f"sysctl {key}": " ".join(value.split()) for key, value in record.get("sysctl", {}).items()}
    for unit, spec in record.get("services", {}).items():
        claims[f"unit {unit}"] = {"enabled": spec["enabled"], "running": spec["running"], "masked": spec.get("masked") or False}
    return claims


def all_claims(record):
    """Paths, and things without one, in one map: a path begins with a slash."""
    return {**path_claims(record), **other_claims(record)}


def claimed_meanwhile(journal):
    """What other roles have claimed since the apply of this journal was planned: they were applied while it waited for its
    probes, found their things as it had made them, and count on them."""
    now = {key: other for other in others_than(journal["role"]).values() for key in all_claims(other)}
    return {key: other for key, other in now.items() if key not in journal.get("shared", now)}


def check_claims(wanted, own, others):
    """Refuses what contradicts another role. A claim that both made until now may be moved by the first of them."""
    for name, other in others.items():
        for claims_of, noun in ((path_claims, "path"), (other_claims, "thing")):
            mine, theirs, before = claims_of(wanted), claims_of(other), claims_of(own)
            for what in sorted(mine.keys() & theirs.keys()):
                if mine[what] == theirs[what] or before.get(what) == theirs[what]:
                    continue
                where = what if noun == "thing" else f"{mine[what][0]} {what}"
                differs = claim_difference(mine[what], theirs[what])
                raise Refused("ClaimConflict", f"role {name} claims {where} too, and wants it different ({'; '.join(differs)})",
                              path=what, roles=[wanted["role"], name], differs=differs)


def claim_difference(mine, theirs):
    mine, theirs = (c[1] if isinstance(c, tuple) and isinstance(c[1], dict) else c for c in (mine, theirs))
    if isinstance(mine, dict) and isinstance(theirs, dict):
        return [f"{'content' if k == 'sha256' else k}: {'differs' if k == 'sha256' else f'{mine.get(k)} / {theirs.get(k)}'}"
                for k in sorted(mine.keys() | theirs.keys()) if mine.get(k) != theirs.get(k)]
    return [f"{mine} / {theirs}"]


def check_paths(manifest):
    ours = [ROLES, JOURNAL, ORIGINAL, RESULTS, f"{STATE}/packages.json", f"{STATE}/ahead.json", f"{STATE}/verified.json", RUN]
    for path in [*manifest["files"], *manifest["secretFiles"], *manifest["links"], *manifest["directories"], *manifest["removed"]]:
        if not proper(path) or below(path, ours):
            raise Refused("ApplyFailed", f"path {path!r} is not absolute and normalised, or is the agent's own", stage="plan", path=path)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", manifest["role"]):
        raise Refused("ApplyFailed", "that is no name for a role: letters, digits, '.', '_' and '-' are allowed", stage="plan")


def proper(path):
    return path.startswith("/") and not path.startswith("//") and path != "/" and path == os.path.normpath(path)


def check_proper(paths):
    """Refuses what would lead elsewhere than it says."""
    for path in paths:
        if not proper(path):
            raise Refused("AgentFailed", f"path {path[:200]!r} is not absolute and normalised")


def previous(request):
    """What the caller takes for the claims of the last apply, where this host has none noted."""
    record = request.get("previous") or {}
    check_proper([*record.get("files", {}), *record.get("links", {}), *record.get("made", [])])
    return record
