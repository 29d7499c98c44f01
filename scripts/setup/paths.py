"""Where things are. Everything that is made lives under `var/`, which git ignores and anyone may delete."""

import hashlib
import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
VAR = REPOSITORY / "var"
ADDONS = REPOSITORY / "addons"
SCRIPTS = REPOSITORY / "scripts"
LOCK_FILE = REPOSITORY / "requirements.lock"
VENV = VAR / "venv"
VENV_PYTHON = VENV / "bin" / "python"
ODOO_ROOT = VAR / "odoo"
POSTGRES = VAR / "postgres"
DATA_DIR = VAR / "data"
LOGS = VAR / "logs"
CONFIG = VAR / "odoo.conf"
SECRET_KEY_FILE = VAR / "secret.key"

# Different clones on one machine must not share what has to live outside them.
CLONE_ID = hashlib.sha256(str(REPOSITORY).encode()).hexdigest()[:10]


def write_whole(path, text, mode=0o600):
    """Write a file so that a reader sees the old content or the new, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_text(text)
    scratch.chmod(mode)
    scratch.replace(path)
