"""A host of files alone, for the programs beside this one: the agent's modules work on a directory instead of /."""

import os
import pathlib
import sys

MAPS = ("packages", "users", "directories", "files", "secretFiles", "links", "removed", "sysctl", "services")
LISTS = ("packagesAhead", "prepare", "validate", "health", "keep", "allowed")


def use(directory):
    """Makes the agent's modules importable; what they change lies below `directory`."""
    os.environ["POSTFLEET_ROOT"] = str(directory)
    sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "provider/host"))


def manifest(**parts):
    return {"role": "demo", **{name: {} for name in MAPS}, **{name: [] for name in LISTS}, **parts}


def question(**parts):
    """What an observation asks for."""
    return {"role": "demo", "undeclared": False, **{name: [] for name in (*MAPS, "creates")}, **parts}


def debian(directory):
    """As much of Debian as the agent needs."""
    for place in ("etc", "srv", "var/lib/dpkg", "bin"):
        (directory / place).mkdir(parents=True)
    (directory / "var/lib/dpkg/status").write_text("")
    (directory / "bin/systemctl").write_text("#!/bin/sh\n")
    (directory / "bin/systemctl").chmod(0o755)
