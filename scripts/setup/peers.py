"""The addons of others that benchmarks compare with, in a folder of their own under `var/`."""

import hashlib
import shutil

from .paths import LOGS, SCRIPTS, VAR, VENV_PYTHON, write_whole
from .progress import run, step

LOCK = SCRIPTS / "benchmarks" / "peers.lock"
FOLDER = VAR / "peers"


def ensure():
    """Download the addons of `peers.lock`.

    :raises SetupError: when the package index cannot be reached
    :returns: the folder for Odoo's addons path
    """
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    stamp = FOLDER / ".lock-installed"
    if not (stamp.exists() and stamp.read_text() == wanted):
        with step("Downloading the addons to compare with"):
            shutil.rmtree(FOLDER, ignore_errors=True)
            options = ["-q", "--no-deps", "--require-hashes", "--target", FOLDER, "-r", LOCK]
            run(
                [VENV_PYTHON, "-m", "pip", "install", *options],
                what="Downloading the addons to compare with",
                log=LOGS / "pip.log",
                hint="If the package index cannot be reached, mend the network (or set PIP_INDEX_URL) and start again.",
            )
            write_whole(stamp, wanted)
    return FOLDER / "odoo" / "addons"
