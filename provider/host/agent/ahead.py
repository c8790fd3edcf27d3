"""Units of packages that were installed ahead of their role: not enabled before that role is applied.

Debian's packages enable their units when they are installed. Here an earlier role may have asked for the package
(`packagesAhead`), and after a reboot the daemon would run with Debian's configuration, on ports that others want. So the
links that such a package made are taken away, noted, and put back when a role that needs the package is applied.
"""
import os
import re

from agent.facts import Dpkg, read_text
from agent.system import STATE, at, list_directory, read_json, remove_quietly, run, write_json

UNITS = "/etc/systemd/system"
NOTE = f"{STATE}/ahead.json"  # link -> {target, unit, package}


def enabled_links():
    """The links that enable units: *.wants/, *.requires/ and aliases, as link -> target. What a removed package left is none."""
    places = [UNITS, *(f"{UNITS}/{name}" for name in list_directory(at(UNITS)) if name.endswith((".wants", ".requires", ".upholds")))]
    paths = [f"{place}/{name}" for place in places for name in list_directory(at(place))]
    links = {path: os.readlink(at(path)) for path in paths if os.path.islink(at(path))}
    return {path: target for path, target in links.items() if os.path.exists(at(os.path.join(os.path.dirname(path), target)))}


def hold_back(links_before, installed, manifest, others):
    """Disables what new packages enabled, unless a role of this host needs the unit or the package. Returns the units."""
    new = {link: target for link, target in enabled_links().items() if link not in links_before and target != "/dev/null"}
    if not new:
        return []
    needed = needed_by([*manifest["packages"], *(name for other in others.values() for name in other.get("packages", {}))])
    wanted = {*manifest["services"], *(unit for other in others.values() for unit in other.get("services", {}))}
    owners = unit_owners(installed - needed)
    held = {}
    for link, target in new.items():
        unit = os.path.basename(link) if "/" in link.removeprefix(f"{UNITS}/") else os.path.basename(target)
        owner = owners.get(os.path.basename(target))
        if owner is None or unit in wanted:
            continue
        held[link] = {"target": target, "unit": unit, "package": owner}
    if held:
        write_json(at(NOTE), {**read_json(at(NOTE), {}), **held})  # before the links go: a crash must not forget them
        for link in held:
            remove_quietly(at(link))
        run(["systemctl", "daemon-reload"])
    return sorted({spec["unit"] for spec in held.values()})


def hand_over(manifest):
    """Enables again what was held back for this role; the units that its manifest names are its own business."""
    note = read_json(at(NOTE), {})
    if not note:
        return
    own, present = needed_by(manifest["packages"]), Dpkg.read()
    rest, reload = {}, False
    for link, spec in note.items():
        named = spec["unit"] in manifest["services"] or os.path.basename(spec["target"]) in manifest["services"]
        if named or spec["package"] not in present:
            continue
        if spec["package"] not in own:
            rest[link] = spec
        elif not os.path.lexists(at(link)):
            os.makedirs(os.path.dirname(at(link)), exist_ok=True)
            os.symlink(spec["target"], at(link))
            reload = True
    if reload:
        run(["systemctl", "daemon-reload"])
    if rest:
        if rest != note:
            write_json(at(NOTE), rest)
    else:
        remove_quietly(at(NOTE))


def unit_owners(packages):
    """Unit file -> package, of the named packages."""
    owners, directory = {}, "/var/lib/dpkg/info"
    for file in list_directory(at(directory)):
        name = file.removesuffix(".list").partition(":")[0]
        if file.endswith(".list") and name in packages:
            units = re.findall(r"/systemd/system/([^/\n]+)$", read_text(f"{directory}/{file}") or "", re.M)
            owners |= {unit: name for unit in units}
    return owners


def needed_by(names):
    """The named packages and all that they depend on, as far as they are installed."""
    needs, providers = {}, {}
    for block in (read_text("/var/lib/dpkg/status") or "").split("\n\n"):
        name = Dpkg.field(block, "Package")
        words = ", ".join(Dpkg.field(block, key) for key in ("Pre-Depends", "Depends"))
        needs[name] = re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]+)", words)
        for provided in re.findall(r"(?:^|,)\s*([a-z0-9][a-z0-9+.-]+)", Dpkg.field(block, "Provides")):
            providers.setdefault(provided, []).append(name)
    present, found, ahead = Dpkg.read(), set(), [*names]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += [*needs.get(name, []), *providers.get(name, [])]
    return found & present.keys()
