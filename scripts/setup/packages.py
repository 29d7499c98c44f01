"""The system's own packages, through apt where it is there and allowed."""

import os
import shutil
import subprocess
import sys

from .paths import LOGS
from .progress import SetupError, run, step

_updated = False


def is_installed(package):
    """Whether dpkg knows the package as installed (False as well where there is no dpkg)."""
    if not shutil.which("dpkg-query"):
        return False
    found = subprocess.run(
        ["dpkg-query", "-W", "-f=${db:Status-Status}", package], capture_output=True, text=True, check=False
    )
    return found.stdout == "installed"


def apt_prefix():
    """The words to put before apt-get to have the right to install, or None where there is no such right."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    if subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0:
        return ["sudo", "-n"]
    if sys.stdin.isatty():
        print("Some packages of the system are missing; sudo asks for your password to install them.", flush=True)
        if subprocess.run(["sudo", "-v"], check=False).returncode == 0:
            return ["sudo", "-n"]
    return None


def ensure(packages, why):
    """Install what is missing of some Debian or Ubuntu packages.

    :param packages: package names
    :param why: what they are needed for, in words
    :raises SetupError: when something is missing and may not or cannot be installed
    """
    global _updated
    missing = [package for package in packages if not is_installed(package)]
    if not missing:
        return
    prefix = apt_prefix()
    if prefix is None:
        raise SetupError(
            f"Needed for {why}: {', '.join(missing)}. This user may not install packages. Ask an administrator to run\n"
            f"    sudo apt-get install {' '.join(missing)}\nand start again."
        )
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    env_prefix = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"] if prefix else []
    hint = "Look at the message above; if a package source cannot be reached, mend the network and start again."
    with step(f"Installing {', '.join(missing)} for {why}"):
        if not _updated:
            run([*env_prefix, "apt-get", "update"], what="apt-get update", log=LOGS / "apt.log", hint=hint, env=quiet)
            _updated = True
        run(
            [*env_prefix, "apt-get", "install", "-y", "--no-install-recommends", *missing],
            what="apt-get install",
            log=LOGS / "apt.log",
            hint=hint,
            env=quiet,
        )
