"""System users that a role needs and no package brings."""
import grp

from agent.facts import user_fact
from agent.system import Refused, run, tail


def make_users(users, say):
    """Creates system users with a group of the same name; returns the names of those made or changed."""
    made = []
    for name, spec in users.items():
        fact = user_fact(name)
        if fact and spec.get("uid") is not None and fact["uid"] != spec["uid"]:
            raise Refused("ApplyFailed", f"user {name} exists with uid {fact['uid']}, wanted is {spec['uid']}: its files would be orphaned",
                          stage="users", output="")
        if not fact:
            say("users", f"useradd {name}")
            numeric = ["--uid", str(spec["uid"])] if spec.get("uid") is not None else []
            if not has_group(name):
                must(["groupadd", "--system", *(["--gid", str(spec["uid"])] if numeric else []), name], "users")
            must(["useradd", "--system", "--no-create-home", "--home-dir", spec["home"], "--shell", spec["shell"], "--gid", name, *numeric, name], "users")
        elif fact["home"] != spec["home"] or fact["shell"] != spec["shell"]:
            must(["usermod", "--home", spec["home"], "--shell", spec["shell"], name], "users")
        lacking = [group for group in spec["groups"] if group not in (user_fact(name) or {"groups": []})["groups"] and group != name]
        if lacking:
            must(["usermod", "--append", "--groups", ",".join(lacking), name], "users")
        if not fact or lacking or fact["home"] != spec["home"] or fact["shell"] != spec["shell"]:
            made.append(name)
    return made


def has_group(name):
    try:
        return bool(grp.getgrnam(name))
    except KeyError:
        return False


def must(argv, stage, **details):
    code, out, err = run(argv)
    if code:
        raise Refused("ApplyFailed", f"`{' '.join(argv)}` failed (exit code {code})", stage=stage, argv=argv, output=tail(f"{out}\n{err}"), **details)
