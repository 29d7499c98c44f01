"""The tests of the addon that want Odoo's Indian localisation, on a database that has it."""

import subprocess

from setup import databases, everything, odoo_config
from setup.paths import REPOSITORY, VENV_PYTHON

DATABASE = "otc_india"
TESTS = "addons/b2b_invoice_automation/tests/test_invoice_india.py"


def test_the_paper_of_an_indian_company():
    connection = everything.ensure()
    databases.ensure_test(connection)
    databases.copy(connection, databases.TEST, DATABASE)
    try:
        databases.run_odoo(
            ["server", "-d", DATABASE, "-i", "l10n_in_edi", *databases.QUIETLY],
            what="Installing Odoo's Indian localisation",
            log_name="india.log",
        )
        done = subprocess.run(
            [VENV_PYTHON, "-m", "pytest", "-q", "--odoo-http", f"--odoo-database={DATABASE}", TESTS],
            cwd=REPOSITORY,
            env=odoo_config.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
        assert "passed" in done.stdout
        assert "skipped" not in done.stdout
    finally:
        databases.remove(connection, DATABASE)
