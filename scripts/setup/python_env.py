"""The project's own Python environment, exactly as the lock file says."""

import hashlib
import shutil
import subprocess
import sys

from . import packages
from .paths import LOCK_FILE, LOGS, VAR, VENV, VENV_PYTHON, write_whole
from .progress import SetupError, run, step

SUPPORTED = ((3, 10), (3, 13))
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
    if not SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1]:
        raise SetupError(
            f"This is Python {sys.version.split()[0]}; the project needs 3.10 to 3.13. Install one and start the "
            "script with it, for example: python3.12 scripts/demo"
        )
    wanted = hashlib.sha256(LOCK_FILE.read_bytes() + sys.version.encode()).hexdigest()
    stamp = VENV / ".lock-installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    with step("Installing the Python packages of requirements.lock"):
        if not (VENV_PYTHON.exists() and _works()):
            _create()
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


def _works():
    return subprocess.run([VENV_PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def _create():
    shutil.rmtree(VENV, ignore_errors=True)
    VAR.mkdir(exist_ok=True)
    try:
        import ensurepip  # noqa: F401  (Debian ships it apart)
    except ImportError:
        packages.ensure(["python3-venv"], "the Python environment")
    run(
        [sys.executable, "-m", "venv", VENV],
        what="Creating the Python environment",
        log=LOGS / "pip.log",
        hint="Install python3-venv and start again.",
    )
