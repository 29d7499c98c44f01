"""The databases that scripts make once and copy: Odoo's own modules, then ours on top.

`otc_core` holds the modules we depend on (half a minute, once). `otc_test` is a copy with our addons, made anew when
a file of theirs changed. `otc_test_company` has the company as well that most tests work in, whose chart of accounts
would take each of their classes seconds. Tests run on copies, so that what they commit touches nothing.
"""

import hashlib
import shutil
import subprocess
from pathlib import Path

from . import odoo_config, postgres
from .lock import only_one
from .paths import ADDONS, DATA_DIR, LOGS, VAR, VENV_PYTHON, write_whole
from .progress import SetupError, step

CORE = "otc_core"
TEST = "otc_test"
TEST_COMPANY = "otc_test_company"
CORE_MODULES = [
    "sale_management",
    "account_payment",
    "account_edi_ubl_cii",
    "portal",
    "sale_stock",
    "sale_margin",
    "l10n_de",
]
QUIETLY = ["--stop-after-init", "--no-http", "--max-cron-threads=0", "--log-level=warn"]
OUR_ADDONS = ["b2b_invoice_automation", "magento_connector"]
KEEP_COMPANY = """
from odoo.addons.b2b_invoice_automation.tests.company_common import CompanyCommon

CompanyCommon.keep(env)
"""


def run_odoo(arguments, *, what, log_name, may_fail=False, program=None):
    """Run an Odoo command to its end, its log in `var/logs`.

    :param arguments: words after `odoo`, beginning with the subcommand
    :param str program: for Odoo's shell
    :raises SetupError: when it fails, with the end of its log
    """
    log = LOGS / log_name
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as file:
        result = subprocess.run(
            [VENV_PYTHON, "-m", "odoo", *arguments],
            input=program,
            text=True,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=odoo_config.environment(),
            check=False,
        )
    text = log.read_text(errors="replace")
    failed = result.returncode or " CRITICAL " in text or " ERROR " in text
    if failed and not may_fail:
        tail = "\n".join("    " + line for line in text.splitlines()[-25:])
        raise SetupError(f"{what}: Odoo reported an error.\n{tail}\nThe whole log is {log}.")
    return text


def ensure_core(connection):
    """Have the template with Odoo's own modules."""
    _ensure(
        connection,
        CORE,
        ",".join(CORE_MODULES),
        lambda: _install(CORE, CORE_MODULES, "core-modules.log"),
        "Creating a database with Odoo's own modules (once)",
    )


def ensure_test(connection):
    """Have the template with our addons as they are now."""
    ensure_core(connection)

    def build():
        copy(connection, CORE, TEST)
        _install(TEST, OUR_ADDONS, "test-template.log")

    _ensure(connection, TEST, addons_fingerprint(), build, "Installing our addons in the test template")


def ensure_test_company(connection):
    """Have the template with our addons and the tests' company."""
    ensure_test(connection)

    def build():
        copy(connection, TEST, TEST_COMPANY)
        run_odoo(
            ["shell", "-d", TEST_COMPANY, "--no-http", "--log-level=warn"],
            what="Making the tests' company",
            log_name="test-company.log",
            program=KEEP_COMPANY,
        )

    source = Path(ADDONS, "b2b_invoice_automation/tests/company_common.py").read_text()
    fingerprint = hashlib.sha256((addons_fingerprint() + source).encode()).hexdigest()
    _ensure(connection, TEST_COMPANY, fingerprint, build, "Making the company that tests work in")


def addons_fingerprint():
    """A hash of everything in our addons that an installation depends on."""
    digest = hashlib.sha256()
    for path in sorted(ADDONS.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and "tests" not in path.relative_to(ADDONS).parts:
            digest.update(str(path.relative_to(ADDONS)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _ensure(connection, name, fingerprint, build, title):
    stamp = VAR / "databases" / name
    with only_one():
        if stamp.exists() and stamp.read_text() == fingerprint and postgres.database_exists(connection, name):
            return
        stamp.unlink(missing_ok=True)
        with step(title):
            remove(connection, name)
            build()
        write_whole(stamp, fingerprint)


def copy(connection, source, target):
    """Make a database, with its attachments, as a copy of another; one that is there is replaced."""
    remove(connection, target)
    postgres.copy_database(connection, source, target)
    origin = DATA_DIR / "filestore" / source
    if origin.is_dir():
        shutil.copytree(origin, DATA_DIR / "filestore" / target)


def remove(connection, name):
    """Drop a database and its attachments, if they are there."""
    postgres.drop_database(connection, name)
    shutil.rmtree(DATA_DIR / "filestore" / name, ignore_errors=True)


def ensure_demo(connection, name):
    """Have the demo's database with our addons as they are now; what is in it stays.

    :param name: the database
    """
    stamp = VAR / "databases" / name
    fingerprint = addons_fingerprint()
    with only_one():
        if not (stamp.exists() and postgres.database_exists(connection, name)):
            with step("Creating the demo database"):
                copy(connection, CORE, name)
                _install(name, OUR_ADDONS, "demo-install.log")
        elif stamp.read_text() != fingerprint:
            with step("Updating our addons in the demo database"):
                run_odoo(
                    ["server", "-d", name, "-u", ",".join(OUR_ADDONS), *QUIETLY],
                    what="Updating our addons",
                    log_name="demo-update.log",
                )
        write_whole(stamp, fingerprint)


def _install(name, modules, log_name):
    run_odoo(
        ["server", "-d", name, "-i", ",".join(modules), *QUIETLY],
        what=f"Installing {', '.join(modules)}",
        log_name=log_name,
    )
