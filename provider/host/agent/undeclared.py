"""undeclared: what is on this host that neither Debian nor Postfleet put there, in the places that decide what it does.

Only named, with what kind of thing it is and whose: no content of a file leaves the host.
"""

import os
import re

from agent.claims import others_than
from agent.system import STATE, at, read_json
from agent.undeclared_accounts import accounts
from agent.undeclared_files import Files
from agent.undeclared_firewall import firewall
from agent.undeclared_kernel import kernel
from agent.undeclared_lines import lines
from agent.undeclared_packages import packages
from agent.undeclared_ports import ports

UNITS = "/etc/systemd/system"


class Claims:
    """What the roles of this host call their own, of all of them together."""

    def __init__(self):
        records = [*others_than("").values()]
        self.paths = {
            path for record in records for kind in ("files", "links", "directories") for path in record.get(kind, {})
        }
        self.gone = {path for record in records for path in record.get("removed", {})}
        self.above = {above for path in self.paths for above in parents(path)}
        self.kept = [path for record in records for path in record.get("keep", [])]
        self.units = {unit: spec for record in records for unit, spec in record.get("services", {}).items()}
        self.users = {name: spec for record in records for name, spec in record.get("users", {}).items()}
        # Accounts of packages that were ours, and are gone.
        self.left = {*read_json(at(f"{STATE}/packages.json"), {}).get("accounts", [])}
        self.packages = {
            name for record in records for kind in ("packages", "packagesAhead") for name in record.get(kind, {})
        }
        self.paths.update(
            f"/etc/sysctl.d/60-postfleet-{record['role']}.conf" for record in records if record.get("sysctl")
        )
        self.paths.update(
            command["creates"] for record in records for command in record.get("prepare", []) if command.get("creates")
        )

    def enabling(self, path, target):
        """The path, where it is the link by which a unit of ours is enabled or masked."""
        if not path.startswith(f"{UNITS}/"):
            return ()
        unit, of = os.path.basename(path), os.path.basename(target)
        unit_of_ours = self.units.get(unit) or next(
            (self.units[name] for name in self.units if template(name) == of or name == of), None
        )
        return (path,) if unit_of_ours and (unit_of_ours["enabled"] or unit_of_ours.get("masked")) else ()


def template(unit):
    return re.sub(r"@[^.]*\.", "@.", unit)


def parents(path):
    while path != "/":
        path = os.path.dirname(path)
        yield path


def undeclared():
    """Each with its kind, its name, and what else there is to say of it."""
    claims, found = Claims(), []
    for look in (lambda of: Files(of).look(), accounts, lines, packages, ports, kernel, firewall):
        try:
            found += look(claims)
        except Exception as error:  # whatever somebody wrote there: the rest is told, and so is this
            found.append(
                {"kind": "fault", "name": f"{type(error).__name__}", "detail": f"{error}: the listing is not whole"}
            )
    return sorted(
        ({key: readable(value) for key, value in one.items()} for one in found),
        key=lambda one: (one["name"], one["kind"]),
    )


def readable(text):
    """A name as JSON can carry it, whatever bytes it is made of."""
    return text.encode(errors="surrogateescape").decode(errors="backslashreplace")
