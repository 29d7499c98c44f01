"""The project's own Python environment, exactly as the lock file says."""

import hashlib
import os
import shutil
import subprocess
import sys

from . import packages
from .paths import LOCK_FILE, LOGS, VAR, VENV, VENV_PYTHON, write_whole
from .progress import SetupError, run, step

SUPPORTED = ((3, 10), (3, 13))
SYSTEM_PYTHON = "/usr/bin/python3"
VERSION = "import ensurepip, sys, venv; print(sys.version_info[0], sys.version_info[1], sys.version)"
SYSTEM_LIBRARIES = [
    "libpango-1.0-0",
    "libpangoft2-1.0-0",
    "libharfbuzz-subset0",
    "libmagic1",
    "fonts-dejavu-core",
    "fonts-symbola",  # emoji in PO numbers and names, in black: PDF/A takes them, and paper
]


def ensure():
    """Make `var/venv` hold the packages of `requirements.lock`; does nothing when it already does.

    :raises SetupError: on an unsupported Python, or when a package source cannot be reached
    """
    packages.ensure(_libraries_missing_here(), "PDF rendering and file detection")
    python, version = _interpreter()
    wanted = hashlib.sha256(LOCK_FILE.read_bytes() + version.encode()).hexdigest()
    stamp = VENV / ".lock-installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    with step("Installing the Python packages of requirements.lock"):
        if _version(VENV_PYTHON) != _version(python) or not _has_pip():
            _create(python)
        run(
            [
                VENV_PYTHON,
                "-m",
                "pip",
                "install",
                "--no-deps",
                "--require-hashes",
                "--prefer-binary",
                "-q",
                "-r",
                LOCK_FILE,
            ],
            what="Installing Python packages",
            log=LOGS / "pip.log",
            hint="If the package index cannot be reached, mend the network (or set PIP_INDEX_URL) and start again.",
        )
        write_whole(stamp, wanted)


def _libraries_missing_here():
    return [name for name in SYSTEM_LIBRARIES if not packages.is_installed(name)] if shutil.which("dpkg-query") else []


def _interpreter():
    """The Python for the environment, and its version in words.

    ``ORDER_TO_CASH_PYTHON`` names one. Else it is the system's own where that fits: distributions build theirs
    optimised, and one that was built without takes Odoo half as long again. Else the one that runs this script.
    """
    chosen = os.environ.get("ORDER_TO_CASH_PYTHON")
    if not chosen and sys.executable == SYSTEM_PYTHON and not _version(SYSTEM_PYTHON):
        packages.ensure(["python3-venv"], "the Python environment")  # Debian ships it apart
    for python in (chosen,) if chosen else (SYSTEM_PYTHON, sys.executable):
        version = _version(python)
        if version and SUPPORTED[0] <= version[0] <= SUPPORTED[1]:
            return python, version[1]
    raise SetupError(
        f"{chosen or f'Python {sys.version.split()[0]}'} does not fit: the project needs Python 3.10 to 3.13 with venv "
        "and pip. Install one and start the script with it, for example: python3.12 scripts/demo"
    )


def _version(python):
    """((major, minor), version in words) of a Python that can make environments; None of any other."""
    try:
        told = subprocess.run([python, "-c", VERSION], capture_output=True, text=True, check=False)
    except OSError:
        return None
    if told.returncode:
        return None
    major, minor, version = told.stdout.strip().split(" ", 2)
    return (int(major), int(minor)), version


def _has_pip():
    """Whether the environment is whole; one whose making was broken off is not."""
    return subprocess.run([VENV_PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def _create(python):
    shutil.rmtree(VENV, ignore_errors=True)
    VAR.mkdir(exist_ok=True)
    run(
        [python, "-m", "venv", VENV],
        what="Creating the Python environment",
        log=LOGS / "pip.log",
        hint="Install python3-venv and start again.",
    )
